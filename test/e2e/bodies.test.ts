import { createHash, randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type SeenRequest, sendRequest, TestGateway, Upstream } from './src/index.js';

/** A contract that looks into JSON bodies. */
const contract = `
openapi: 3.1.0
info: { title: t, version: '1' }
paths:
  /checked: &post { post: { requestBody: { required: true, content: { application/json: { schema: { type: object, properties: { text: { type: string } } } } } } } }
  /lenient: *post
`;

let upstream: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await Upstream.start();
  gateway = await TestGateway.start({
    files: { 'c.yaml': contract },
    policy: `
version: 1
upstreams: { up: { targets: [ { url: '${upstream.url}' } ], timeout: 2s } }
routes:
  - { id: plain, match: { path: [ /plain, /early, '/bytes/:count', '/pieces/:count' ] }, upstream: up, auth: public, validate: { maxBody: 64MiB } }
  - { id: checked, match: { path: /checked }, upstream: up, auth: public, validate: { openapi: ./c.yaml, maxBody: 4MiB } }
  - { id: lenient, match: { path: /lenient }, upstream: up, auth: public, onFailure: open, validate: { openapi: ./c.yaml } }
`,
  });
});

afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** A JSON document of exactly this many bytes. */
const document = (bytes: number) => Buffer.from(JSON.stringify({ text: 'x'.repeat(bytes - '{"text":""}'.length) }));

const json = { 'content-type': 'application/json' };

async function* inPieces(body: Buffer, pieces: number): AsyncGenerator<Buffer> {
  const size = Math.ceil(body.length / pieces);
  for (let at = 0; at < body.length; at += size) {
    yield body.subarray(at, at + size);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe.each(['/plain', '/checked'])('a body sent to %s', (path) => {
  const sizes = [1, 16 * 1024, 16 * 1024 + 1, 64 * 1024, 300_000, 1_048_576, 4_194_304];

  it.each(sizes)('arrives as it was, with its length: %i bytes', async (bytes) => {
    const body = bytes === 1 ? Buffer.from('1') : document(bytes);
    const answer = await sendRequest(gateway.url, path, { method: 'POST', body, headers: { ...json, 'content-length': body.length } });
    if (bytes === 1 && path === '/checked') return expect(answer.status).toBe(400);
    expect(answer.status).toBe(200);
    const seen = JSON.parse(answer.body.toString()) as SeenRequest;
    expect(seen).toMatchObject({ bodyBytes: body.length, bodySha256: sha256(body) });
    expect(seen.headers['content-length']).toBe(String(body.length));
  });

  it.each(sizes.slice(1))('arrives as it was, chunked: %i bytes', async (bytes) => {
    const body = document(bytes);
    const answer = await sendRequest(gateway.url, path, { method: 'POST', body: Readable.from(inPieces(body, 20)), headers: json });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ bodyBytes: body.length, bodySha256: sha256(body) });
  });
});

describe('an answer', () => {
  it.each([0, 1, 16 * 1024, 16 * 1024 + 1, 1_000_000, 20_000_000])('comes as it was sent: %i bytes', async (bytes) => {
    const agent = new Agent({ keepAlive: true });
    const answer = await sendRequest(gateway.url, `/bytes/${bytes}`, { agent });
    agent.destroy();
    expect(answer.status).toBe(200);
    expect(answer.headers['content-length']).toBe(String(bytes));
    expect(answer.body.equals(Buffer.alloc(bytes, 7))).toBe(true);
  });

  it('comes piece by piece as the upstream sends it', async () => {
    const answer = await sendRequest(gateway.url, '/pieces/6');
    expect(answer.body.toString()).toBe('0.........1.........2.........3.........4.........5.........');
    expect(answer.firstByteMs).toBeLessThan(300);
    expect(answer.tookMs).toBeGreaterThan(450);
  });

  it('comes before the body has ended, where the upstream answers early', async () => {
    const call = request(`${gateway.url}/early`, { method: 'POST', headers: { 'content-length': 60_000_000 } });
    const answered = new Promise<number>((resolve, reject) => {
      call.on('response', (response) => resolve(response.resume().statusCode!));
      call.on('error', reject);
    });
    call.write(randomBytes(200_000));
    expect(await answered).toBe(422);
    call.destroy();
  });
});

describe('a body on its way', () => {
  it('reaches the upstream while the client still sends', async () => {
    const call = request(`${gateway.url}/plain?streamed`, { method: 'POST' });
    const answered = new Promise<number>((resolve, reject) => {
      call.on('response', (response) => resolve(response.resume().statusCode!));
      call.on('error', reject);
    });
    for (let sent = 1; sent <= 4; sent++) {
      call.write(Buffer.alloc(100_000, sent));
      await eventually('the bytes sent to arrive', async () => ((upstream.arriving.get('/plain?streamed') ?? 0) >= sent * 100_000 - 65_536 ? true : undefined));
    }
    call.end();
    expect(await answered).toBe(200);
    expect(upstream.seen.at(-1)).toMatchObject({ bodyBytes: 400_000, complete: true });
  });

  it('is broken off at the upstream when the client leaves', async () => {
    const call = request(`${gateway.url}/plain?left`, { method: 'POST', headers: { 'content-length': 10_000_000 } });
    call.on('error', () => {});
    call.write(Buffer.alloc(500_000));
    await eventually('the upload to reach the upstream', async () => upstream.arriving.get('/plain?left'));
    call.destroy();
    const seen = await eventually('the upstream to see the end', async () => upstream.seen.find(({ url }) => url === '/plain?left'), 3_000);
    expect(seen.complete).toBe(false);
    expect(await gateway.rowsOf(String(seen.headers['x-request-id']))).toMatchObject([{ status: 499, reason: 'client_closed', stage: 'ingress', decision: 'deny' }]);
  });

  it('of an answer is broken off at the upstream when the client leaves', async () => {
    const call = request(`${gateway.url}/bytes/500000000`, (response) => response.once('data', () => call.destroy()));
    call.on('error', () => {});
    call.end();
    await eventually('the upstream to see the end', async () => (upstream.abandoned.includes('/bytes/500000000') ? true : undefined), 3_000);
    const { headers } = upstream.seen.find(({ url }) => url === '/bytes/500000000')!;
    expect(await gateway.rowsOf(String(headers['x-request-id']))).toMatchObject([{ status: 499, reason: 'client_closed', decision: 'allow' }]);
  });

  it('that violates the contract never reaches the upstream, however long', async () => {
    const before = upstream.seen.length;
    const body = Buffer.from(JSON.stringify({ text: 7, pad: 'x'.repeat(500_000) }));
    const answer = await sendRequest(gateway.url, '/checked', { method: 'POST', body, headers: json });
    expect(answer.status).toBe(400);
    expect(answer.body.toString()).toContain('/body/text');
    expect(upstream.seen).toHaveLength(before);
  });

  it.each(['/checked', '/lenient'])('that stalls is denied in time, and never passes unchecked: %s', async (path) => {
    const before = upstream.seen.length;
    const startedAtMs = Date.now();
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"text":"${'x'.repeat(30_000)}`);
    const text = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
    socket.destroy();
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('did not arrive in time');
    expect(Date.now() - startedAtMs).toBeLessThan(2_000 + 1_000 + 1_000);
    expect(upstream.seen).toHaveLength(before);
  });

  it('may take longer than the upstream may to answer, as long as it keeps coming', async () => {
    const body = document(200_000);
    const slowly = async function* () {
      for (let at = 0; at < body.length; at += 20_000) {
        yield body.subarray(at, at + 20_000);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    };
    for (const path of ['/plain', '/checked']) {
      const answer = await sendRequest(gateway.url, path, { method: 'POST', body: Readable.from(slowly()), headers: { ...json, 'content-length': body.length } });
      expect({ path, status: answer.status }).toEqual({ path, status: 200 });
    }
  });
});
