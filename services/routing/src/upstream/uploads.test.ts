import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { BodySource } from './body-source.js';
import { collectAnswer, pause, until } from './testing/collect-answer.js';
import { serveSockets, type SocketServer } from './testing/serve-sockets.js';
import { createUpstreamPools, type Upstreams } from './upstream-pools.js';
import type { UpstreamOptions } from './upstream-types.js';

let closeServer: () => Promise<unknown> = async () => undefined;
afterEach(() => closeServer());

async function serveHttp(serve: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server: Server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeServer = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serveBare(serve: (socket: Socket) => void): Promise<SocketServer> {
  const server = await serveSockets(serve);
  closeServer = server.close;
  return server;
}

function openAt(url: string, options: Partial<UpstreamOptions> = {}): Upstreams {
  return createUpstreamPools(options).open({ orders: { timeoutMs: 1_000, targets: [{ url, weight: 1 }] } });
}

interface Source {
  readonly body: BodySource;
  readonly told: { drained: number; closed: number };
}

function openSource(contentLength: number): Source {
  const told = { drained: 0, closed: 0 };
  const body = new BodySource(contentLength, { onDrain: () => told.drained++, onClose: () => told.closed++ });
  return { body, told };
}

interface Seen {
  method?: string | undefined;
  headers?: IncomingMessage['headers'];
  body: string;
  aborted?: boolean;
  ended?: boolean;
}

/** Answers 200 after the whole body, and writes down what came. */
async function serveRecording(): Promise<{ url: string; seen: Seen }> {
  const seen: Seen = { body: '' };
  const url = await serveHttp((request, response) => {
    Object.assign(seen, { method: request.method, headers: request.headers });
    request.on('data', (chunk: Buffer) => (seen.body += chunk.toString('latin1')));
    request.on('end', () => {
      seen.ended = true;
      response.end('ok');
    });
    request.on('error', () => (seen.aborted = true));
  });
  return { url, seen };
}

describe('a request body', () => {
  it('goes out whole, with its length, when it is there at once', async () => {
    const { url, seen } = await serveRecording();
    const upstreams = openAt(url);
    expect(await collectAnswer(upstreams, { method: 'POST', body: Buffer.from('hello') }).done).toMatchObject({ status: 200 });
    expect(seen).toMatchObject({ method: 'POST', body: 'hello' });
    expect(seen.headers).toMatchObject({ 'content-length': '5', host: url.slice('http://'.length) });
    await upstreams.release();
  });

  it.each([
    ['with its length where it is known', 10, { 'content-length': '10' }],
    ['in chunks where it is not', -1, { 'transfer-encoding': 'chunked' }],
  ])('is streamed, %s', async (_name, contentLength, fields) => {
    const { url, seen } = await serveRecording();
    const upstreams = openAt(url);
    const { body, told } = openSource(contentLength);
    const { done } = collectAnswer(upstreams, { method: 'PUT', body });
    for (const piece of ['01234', '', '56789']) {
      body.write(Buffer.from(piece));
      await pause(10);
    }
    body.end();
    expect(await done).toMatchObject({ status: 200, calls: 'hde' });
    expect(seen).toMatchObject({ body: '0123456789', headers: fields });
    expect(told.closed).toBe(1);
    await upstreams.release();
  });

  it('of no bytes is sent as such', async () => {
    const { url, seen } = await serveRecording();
    const upstreams = openAt(url);
    expect(await collectAnswer(upstreams, { method: 'POST' }).done).toMatchObject({ status: 200 });
    expect(seen.headers).toMatchObject({ 'content-length': '0' });
    const { body } = openSource(0);
    body.end();
    expect(await collectAnswer(upstreams, { method: 'POST', body }).done).toMatchObject({ status: 200 });
    await upstreams.release();
  });

  it.each([
    ['in chunks', -1],
    ['with a length', 99],
  ])('whose sender goes away reaches the upstream as aborted: %s', async (_name, contentLength) => {
    const { url, seen } = await serveRecording();
    const upstreams = openAt(url);
    const { body, told } = openSource(contentLength);
    const { done } = collectAnswer(upstreams, { method: 'POST', body });
    body.write(Buffer.from('part'));
    await until(() => seen.body === 'part');
    body.abort();
    expect((await done).failure).toMatchObject({ reason: 'interrupted' });
    await until(() => seen.aborted === true);
    expect(seen.ended).toBeUndefined();
    expect(told.closed).toBe(1);
    await upstreams.release();
  });

  it.each([
    ['too short', 'part'],
    ['too long', 'much too long'],
    ['missing', ''],
  ])('that is %s for its announced length never looks complete', async (_name, piece) => {
    const { url, seen } = await serveRecording();
    const upstreams = openAt(url);
    const { body } = openSource(9);
    const { done } = collectAnswer(upstreams, { method: 'POST', body });
    body.write(Buffer.from(piece));
    body.end();
    expect((await done).failure).toMatchObject({ reason: 'interrupted' });
    await pause(50);
    expect(seen.ended).toBeUndefined();
    await upstreams.release();
  });

  it('whose sender went away before anything was sent reaches no upstream', async () => {
    const { url, seen } = await serveRecording();
    const upstreams = openAt(url);
    const early = openSource(-1);
    early.body.abort();
    await pause(5);
    const late = openSource(-1);
    const both = [early, late].map(({ body }) => collectAnswer(upstreams, { method: 'POST', body }).done);
    late.body.abort();
    for (const heard of await Promise.all(both)) expect(heard.failure).toMatchObject({ reason: 'interrupted' });
    await pause(20);
    expect(seen).toEqual({ body: '' });
    await upstreams.release();
  });

  it('is aborted by cancel() like by its sender', async () => {
    const { url, seen } = await serveRecording();
    const upstreams = openAt(url);
    const { body, told } = openSource(-1);
    const { control, heard } = collectAnswer(upstreams, { method: 'POST', body });
    body.write(Buffer.from('part'));
    await until(() => seen.body === 'part');
    control.cancel();
    await until(() => seen.aborted === true);
    expect(heard.calls).toBe('');
    expect(told.closed).toBe(1);
    await upstreams.release();
  });

  it('is held back by an upstream that does not read, within bounds', async () => {
    const server = await serveBare((socket) => void socket.pause());
    const upstreams = openAt(server.url, { idleMs: 300 });
    const { body, told } = openSource(-1);
    const { done } = collectAnswer(upstreams, { method: 'POST', body, timeoutMs: 300 });
    const piece = Buffer.alloc(64 * 1024);
    let pieces = 0;
    for (let drained = 0, quiet = 0; quiet < 10 && pieces < 1_000; quiet++) {
      if (pieces === 0 || told.drained > drained) {
        drained = told.drained;
        quiet = 0;
        do pieces++;
        while (body.write(piece) && pieces < 1_000);
      }
      await pause(5);
    }
    expect(pieces).toBeLessThan(1_000);
    expect(body.readableLength).toBeLessThanOrEqual(256 * 1024 + piece.length);
    expect((await done).failure).toMatchObject({ reason: 'upstream_timeout', detail: expect.stringContaining('idle') });
    expect(told.drained).toBeGreaterThan(0);
    await upstreams.release();
  });

  it('may take longer than the timeout while it moves; a sender that falls silent is given up', async () => {
    const { url } = await serveRecording();
    const upstreams = openAt(url, { idleMs: 100, peerIdleMs: 400 });
    const slow = openSource(-1);
    const moving = collectAnswer(upstreams, { method: 'POST', body: slow.body, timeoutMs: 100 });
    for (let i = 0; i < 4; i++) {
      slow.body.write(Buffer.from('piece'));
      await pause(80);
    }
    slow.body.end();
    expect(await moving.done).toMatchObject({ status: 200 });

    const silent = openSource(-1);
    const startedAtMs = performance.now();
    const stuck = collectAnswer(upstreams, { method: 'POST', body: silent.body, timeoutMs: 100 });
    silent.body.write(Buffer.from('piece'));
    expect((await stuck.done).failure).toMatchObject({ reason: 'interrupted', detail: expect.stringContaining('sender was idle') });
    expect(performance.now() - startedAtMs).toBeGreaterThan(380);
    await upstreams.release();
  });

  it('that is through starts the wait for the answer', async () => {
    const url = await serveHttp((request) => void request.resume());
    const upstreams = openAt(url);
    const { body } = openSource(-1);
    const { done } = collectAnswer(upstreams, { method: 'POST', body, timeoutMs: 150 });
    body.write(Buffer.from('all'));
    body.end();
    expect((await done).failure).toMatchObject({ reason: 'upstream_timeout', detail: expect.stringContaining('no answer') });
    await upstreams.release();
  });
});

describe('an upstream that answers before the body is through', () => {
  it('and reads on: both directions flow at once', async () => {
    const url = await serveHttp((request, response) => void request.pipe(response));
    const upstreams = openAt(url);
    const { body } = openSource(-1);
    const { done, heard } = collectAnswer(upstreams, { method: 'POST', body });
    for (let i = 1; i <= 3; i++) {
      body.write(Buffer.from('echo'));
      await until(() => heard.body.length === 4 * i);
    }
    body.end();
    expect(await done).toMatchObject({ status: 200 });
    await upstreams.release();
  });

  it('with a complete answer: it is delivered, the sender told, the connection not used again', async () => {
    const url = await serveHttp((_request, response) => response.writeHead(202).end('enough'));
    const upstreams = openAt(url);
    const { body, told } = openSource(-1);
    const { done } = collectAnswer(upstreams, { method: 'POST', body });
    body.write(Buffer.from('part'));
    expect(await done).toMatchObject({ status: 202, calls: 'hde' });
    await until(() => told.closed === 1);
    body.write(Buffer.from('more'));
    body.end();
    expect((await collectAnswer(upstreams, {}).done).status).toBe(202);
    await upstreams.release();
  });

  it('with a refusal and a close: the refusal comes through although the upload is in full flow', async () => {
    const refusal = 'HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 200000\r\n\r\n';
    const server = await serveBare((socket) => {
      socket.once('data', async () => {
        socket.write(refusal);
        for (let i = 0; i < 20; i++) {
          await pause(5);
          socket.write('x'.repeat(10_000));
        }
        socket.end();
      });
    });
    const upstreams = openAt(server.url);
    const { body, told } = openSource(-1);
    const { done } = collectAnswer(upstreams, { method: 'POST', body });
    const pump = setInterval(() => body.write(Buffer.alloc(64 * 1024)), 1);
    const heard = await done;
    clearInterval(pump);
    expect(heard.status).toBe(413);
    expect(heard.body.length).toBe(200_000);
    expect(told.closed).toBe(1);
    await upstreams.release();
  });
});
