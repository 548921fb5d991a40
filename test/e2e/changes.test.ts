import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestToken, type RunningService, serveIdentityProvider } from '@sallyport/orders';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, sendRequest, TestGateway, Upstream } from './src/index.js';

/** A change is in force this long after the call that made it has returned. */
const effectiveMs = 1_000;

let upstream: Upstream;
let gateway: TestGateway;
let idp: RunningService;
let idpDir: string;

interface Variant {
  readonly scope: string;
  readonly shadow?: boolean;
}

const policy = ({ scope, shadow = true }: Variant) => `
version: 1
issuers: { main: { issuer: '${idp.url}', audiences: [orders-api], algorithms: [ES256] } }
consumers: { acme: { match: { issuer: main, claim: client_id, equals: acme-app } } }
upstreams: { up: { targets: [ { url: '${upstream.url}' } ], timeout: 2s } }
routes:
  - { id: keyed, match: { path: /keyed }, upstream: up, auth: { any: [ { apiKey: { header: x-api-key } } ] } }
  - { id: tokens, match: { path: /tokens }, upstream: up, auth: { any: [ { jwt: main } ], scopes: ['orders:read'] } }
  - { id: changing, match: { path: /changing }, upstream: up, auth: { any: [ { apiKey: { header: x-api-key } } ], scopes: [${scope}] } }
  - { id: shadowed, match: { path: /shadowed }, upstream: up, auth: public, limits: [ { quota: 1/day, per: route } ], shadow: [${shadow ? 'limits' : ''}] }
`;

beforeAll(async () => {
  upstream = await Upstream.start();
  idpDir = mkdtempSync(join(tmpdir(), 'sallyport-idp-'));
  idp = await serveIdentityProvider({ port: 0, dataDir: idpDir });
  gateway = await TestGateway.start({ policy: policy({ scope: 'read' }) });
});

afterAll(async () => {
  await gateway?.stop();
  await idp?.close();
  await upstream?.stop();
  rmSync(idpDir, { recursive: true, force: true });
});

const status = async (path: string, headers: Record<string, string> = {}) => (await sendRequest(gateway.url, path, { headers })).status;

/** How long it takes until a path is answered with `expected`; throws after a second. */
async function untilAnswered(expected: number, path: string, headers: Record<string, string>): Promise<number> {
  const startedAtMs = performance.now();
  await eventually(`an answer of ${expected}`, async () => ((await status(path, headers)) === expected ? true : undefined), effectiveMs);
  return performance.now() - startedAtMs;
}

describe('a key', () => {
  it('works within a second of its making, and no longer within a second of its revocation', async () => {
    const { id, key } = await gateway.mintKey('acme', []);
    const made = await untilAnswered(200, '/keyed', { 'x-api-key': key });
    await gateway.admin('DELETE', `/api/v1/keys/${id}`);
    const revoked = await untilAnswered(401, '/keyed', { 'x-api-key': key });
    console.log(`a key made: ${made.toFixed(0)} ms, revoked: ${revoked.toFixed(0)} ms until the first right answer`);
  });
});

describe('a token of a real identity provider', () => {
  it('passes, its issuer discovered, and names the consumer', async () => {
    const token = await requestToken({ issuer: idp.url, dataDir: idpDir, clientId: 'acme-app', scope: 'orders:read' });
    const answer = await sendRequest(gateway.url, '/tokens', { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ headers: { 'x-consumer-id': 'acme', 'x-consumer-scopes': 'orders:read' } });
  });

  it('that was verified and is cached is refused within a second of its revocation, by id and by subject', async () => {
    const ask = () => requestToken({ issuer: idp.url, dataDir: idpDir, clientId: 'acme-app', scope: 'orders:read' });
    const first = await ask();
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    expect(await status('/tokens', bearer(first))).toBe(200);
    const { jti } = JSON.parse(Buffer.from(first.split('.')[1]!, 'base64url').toString()) as { jti: string };
    await gateway.admin('POST', '/api/v1/revocations', { tokenId: jti });
    await untilAnswered(401, '/tokens', bearer(first));
    const second = await ask();
    expect(await status('/tokens', bearer(second))).toBe(200);
    const { sub } = JSON.parse(Buffer.from(second.split('.')[1]!, 'base64url').toString()) as { sub: string };
    await gateway.admin('POST', '/api/v1/revocations', { subject: sub });
    await untilAnswered(401, '/tokens', bearer(second));
  });
});

describe('a new revision', () => {
  it('loses no request and judges none twice, and is in force for the first request after it was applied', async () => {
    const { key } = await gateway.mintKey('acme', ['read']);
    const headers = { 'x-api-key': key };
    await untilAnswered(200, '/changing', headers);
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const answers: { status: number; requestId: string }[] = [];
    let running = true;
    const client = async () => {
      while (running) {
        const answer = await sendRequest(gateway.url, '/changing', { headers, agent });
        answers.push({ status: answer.status, requestId: String(answer.headers['x-request-id']) });
      }
    };
    const clients = Array.from({ length: 8 }, client);
    for (let i = 0; i < 6; i++) {
      const scope = i % 2 === 0 ? 'admin' : 'read';
      await gateway.apply(policy({ scope }));
      expect(await status('/changing', headers)).toBe(scope === 'read' ? 200 : 403);
    }
    running = false;
    await Promise.all(clients);
    agent.destroy();
    expect(answers.filter((answer) => answer.status !== 200 && answer.status !== 403)).toEqual([]);
    const passed = upstream.seen.filter(({ url }) => url === '/changing').map((seen) => String(seen.headers['x-request-id']));
    expect(new Set(passed).size).toBe(passed.length);
    for (const answer of answers) expect(passed.includes(answer.requestId)).toBe(answer.status === 200);
    const ids = answers.map(({ requestId }) => `'${requestId}'`).join(',');
    await eventually('one row each', async () => {
      const [found] = await gateway.sql<{ rows: string; distinct: string }>(`SELECT count() AS rows, uniqExact(request_id) AS distinct FROM requests WHERE request_id IN (${ids})`);
      return Number(found!.rows) === answers.length && Number(found!.distinct) === answers.length ? true : undefined;
    });
    console.log(`${answers.length} requests over 6 revisions`);
  });
});

describe('a limit in shadow', () => {
  it('is judged, recorded and published, and not enforced, until it no longer is', async () => {
    await gateway.apply(policy({ scope: 'read', shadow: true }));
    expect(await status('/shadowed')).toBe(200);
    const answer = await sendRequest(gateway.url, '/shadowed');
    expect(answer.status).toBe(200);
    const requestId = String(answer.headers['x-request-id']);
    expect(await gateway.rowsOf(requestId)).toMatchObject([{ decision: 'allow', reason: '', shadow: ['quota_exceeded'] }]);
    expect(await gateway.eventsOf(requestId)).toEqual(['security.quota.quota_exceeded.shadowed']);
    await gateway.apply(policy({ scope: 'read', shadow: false }));
    expect(await status('/shadowed')).toBe(429);
  });
});
