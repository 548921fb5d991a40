import { reasons, problemTable, type Reason } from '@sallyport/verdict';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, TestGateway, Upstream } from './src/index.js';

/** Reasons of checks that do not exist yet. */
const later: readonly Reason[] = ['rule_denied', 'ip_denied', 'attack_detected', 'client_blocked'];

const mostInFlight = 6;

const issuer = 'https://idp.example.com';
const contract = `
openapi: 3.1.0
info: { title: t, version: '1' }
paths:
  /things/{id}:
    get: { parameters: [ { name: id, in: path, required: true, schema: { type: integer } } ] }
  /things:
    post:
      requestBody:
        required: true
        content: { application/json: { schema: { type: object, required: [name], additionalProperties: false, properties: { name: { type: string } } } } }
`;

let upstream: Upstream;
let gateway: TestGateway;
let signingKey: CryptoKey;
let key: string;
const shown = new Set<Reason>();

async function token(claims: Record<string, unknown>, expires = '1h'): Promise<string> {
  return new SignJWT({ azp: 'acme-app', scope: 'things:read', ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience('things')
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(signingKey);
}

beforeAll(async () => {
  upstream = await Upstream.start();
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  signingKey = privateKey;
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] });
  gateway = await TestGateway.start({
    env: { SALLYPORT_MAX_IN_FLIGHT: String(mostInFlight) },
    files: { 'jwks.json': jwks, 'things.yaml': contract },
    policy: `
version: 1
issuers: { main: { issuer: '${issuer}', jwksFile: ./jwks.json, audiences: [things] } }
consumers: { acme: { roles: [partner], match: { issuer: main, claim: azp, equals: acme-app } }, other: {} }
upstreams:
  up: { targets: [ { url: '${upstream.url}' } ], timeout: 1s }
  dead: { targets: [ { url: 'http://127.0.0.1:1' } ], timeout: 1s }
routes:
  - { id: things, match: { path: /things/:id, methods: [GET] }, upstream: up, auth: { any: [ { jwt: main }, { apiKey: { header: x-api-key } } ], scopes: ['things:read'] }, validate: { openapi: ./things.yaml } }
  - { id: post, match: { path: /things, methods: [POST] }, upstream: up, auth: public, validate: { openapi: ./things.yaml, maxBody: 64KiB } }
  - { id: partners, match: { path: /partners }, upstream: up, auth: { any: [ { apiKey: { header: x-api-key } } ], roles: [partner] } }
  - { id: limited, match: { path: /limited }, upstream: up, auth: public, limits: [ { rate: 1/m, burst: 1, per: ip } ] }
  - { id: daily, match: { path: /daily }, upstream: up, auth: public, limits: [ { quota: 1/day, per: ip } ] }
  - { id: slow, match: { path: /slow }, upstream: up, auth: public }
  - { id: strict, match: { path: /slow/strict }, upstream: up, auth: public, audit: strict }
  - { id: dead, match: { path: /dead }, upstream: dead, auth: public }
`,
  });
  ({ key } = await gateway.mintKey('acme', ['things:read']));
});

afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

interface Told {
  /** Whose event it is; by default that of the stage that denied. */
  readonly by?: string;
  /** The route that the event names; by default the row's. */
  readonly route?: string;
  readonly gateway?: TestGateway;
}

/** The answer, the one row and the one event of a denial all name the same reason. */
async function expectDenied(response: Response, reason: Reason, stage: string, told: Told = {}): Promise<Response> {
  const at = told.gateway ?? gateway;
  const body = (await response.json()) as Record<string, unknown>;
  expect(response.status).toBe(problemTable[reason].status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(body).toMatchObject({ status: problemTable[reason].status, reason, type: expect.any(String), title: expect.any(String), instance: expect.any(String) });
  if (response.status === 503) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  const requestId = response.headers.get('x-request-id')!;
  expect(body['requestId']).toBe(requestId);
  const rows = await at.rowsOf(requestId);
  expect(rows).toMatchObject([{ reason, stage, decision: 'deny', status: response.status }]);
  expect(await at.eventsOf(requestId)).toEqual([`security.${told.by ?? stage}.${reason}.${told.route ?? rows[0]!.route}`]);
  shown.add(reason);
  return response;
}

const get = (path: string, headers: Record<string, string> = {}) => fetch(gateway.url + path, { headers });
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(gateway.url + path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

describe('every reason, end to end', () => {
  it('lets a request with a token and one with a key pass', async () => {
    const bearer = { authorization: `Bearer ${await token({})}` };
    for (const headers of [bearer, { 'x-api-key': key }]) {
      const response = await get('/things/1', headers);
      expect(response.status).toBe(200);
      const rows = await gateway.rowsOf(response.headers.get('x-request-id')!);
      expect(rows).toMatchObject([{ decision: 'allow', reason: '', stage: '', consumer: 'acme', route: 'things' }]);
    }
  });

  it('malformed_request', async () => {
    const response = await get('/things/%zz', { 'x-api-key': key });
    await expectDenied(response, 'malformed_request', 'ingress');
  });

  it('schema_violation, naming the place', async () => {
    const response = await post('/things', '{"name":"secret","extra":1}');
    expect(await response.clone().text()).toMatch(/\/body/);
    expect(await response.clone().text()).not.toContain('secret');
    await expectDenied(response, 'schema_violation', 'validation');
    await expectDenied(await get('/things/abc', { 'x-api-key': key }), 'schema_violation', 'validation');
  });

  it('credential_missing, with a challenge', async () => {
    const response = await expectDenied(await get('/things/1'), 'credential_missing', 'auth');
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer .*ApiKey /);
  });

  it('credential_invalid, for a key and for a token', async () => {
    await expectDenied(await get('/things/1', { 'x-api-key': 'sp_guess' }), 'credential_invalid', 'auth');
    const [head, payload] = (await token({})).split('.');
    const response = await get('/things/1', { authorization: `Bearer ${head}.${payload}.${'A'.repeat(86)}` });
    expect((await expectDenied(response, 'credential_invalid', 'auth')).headers.get('www-authenticate')).toContain('invalid_token');
  });

  it('credential_expired', async () => {
    const response = await get('/things/1', { authorization: `Bearer ${await token({}, '-1h')}` });
    await expectDenied(response, 'credential_expired', 'auth');
  });

  it('credential_revoked: a key within a second of the call, and a token by its id', async () => {
    const { id, key: doomed } = await gateway.mintKey('acme', ['things:read']);
    expect((await get('/things/1', { 'x-api-key': doomed })).status).toBe(200);
    await gateway.admin('DELETE', `/api/v1/keys/${id}`);
    await expectDenied(await get('/things/1', { 'x-api-key': doomed }), 'credential_revoked', 'auth');

    const bearer = { authorization: `Bearer ${await token({ jti: 'doomed' })}` };
    expect((await get('/things/1', bearer)).status).toBe(200);
    await gateway.admin('POST', '/api/v1/revocations', { tokenId: 'doomed' });
    await expectDenied(await get('/things/1', bearer), 'credential_revoked', 'auth');
  });

  it('scope_missing, naming the caller in the row', async () => {
    const response = await get('/things/1', { authorization: `Bearer ${await token({ scope: 'none' })}` });
    await expectDenied(response, 'scope_missing', 'auth');
    expect(await gateway.rowsOf(response.headers.get('x-request-id')!)).toMatchObject([{ consumer: 'acme' }]);
  });

  it('role_missing', async () => {
    const { key: others } = await gateway.mintKey('other', []);
    await expectDenied(await get('/partners', { 'x-api-key': others }), 'role_missing', 'auth');
    expect((await get('/partners', { 'x-api-key': key })).status).toBe(200);
  });

  it('route_unmatched and method_not_allowed', async () => {
    await expectDenied(await get('/nowhere'), 'route_unmatched', 'ingress');
    const response = await expectDenied(await fetch(`${gateway.url}/things`, { method: 'PUT' }), 'method_not_allowed', 'ingress');
    expect(response.headers.get('allow')).toBe('POST');
  });

  it('body_too_large, by its length and while it comes', async () => {
    await expectDenied(await post('/things', 'x'.repeat(65 * 1024)), 'body_too_large', 'ingress');
    const chunks = (async function* () {
      for (let i = 0; i < 9; i++) yield Buffer.alloc(8 * 1024, 32);
    })();
    const init = { method: 'POST', body: chunks, duplex: 'half', headers: { 'content-type': 'application/json' } };
    await expectDenied(await fetch(`${gateway.url}/things`, init as unknown as RequestInit), 'body_too_large', 'ingress');
  });

  it('media_type_unsupported', async () => {
    await expectDenied(await post('/things', 'name=x', { 'content-type': 'text/csv' }), 'media_type_unsupported', 'validation');
  });

  it('headers_too_large', async () => {
    await expectDenied(await get('/things/1', { 'x-long': 'x'.repeat(17_000) }), 'headers_too_large', 'ingress');
  });

  it('rate_exceeded and quota_exceeded, with what is left and when to try again', async () => {
    for (const [path, reason] of [['/limited', 'rate_exceeded'], ['/daily', 'quota_exceeded']] as const) {
      const passed = await get(path);
      expect(passed.status).toBe(200);
      expect(passed.headers.get('ratelimit')).toContain(';r=0;');
      const response = await expectDenied(await get(path), reason, 'quota');
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(response.headers.get('ratelimit-policy')).toContain(';q=1;');
    }
  });

  it('upstream_failed and upstream_timeout', async () => {
    await expectDenied(await get('/dead'), 'upstream_failed', 'routing');
    await expectDenied(await get('/slow'), 'upstream_timeout', 'routing');
  });

  it('client_closed, in the record alone', async () => {
    await new Promise<void>((resolve) => {
      const call = request(`${gateway.url}/slow`, { headers: { 'user-agent': 'gone' } });
      call.on('error', () => resolve());
      call.end();
      setTimeout(() => call.destroy(), 200);
    });
    const rows = await eventually('a row of the client that left', async () => {
      const found = await gateway.sql<{ stage: string }>(`SELECT stage FROM requests WHERE reason = 'client_closed' AND status = 499`);
      return found.length > 0 ? found : undefined;
    });
    expect(rows).toHaveLength(1);
    shown.add('client_closed');
  });

  it('overloaded, while too many requests are in flight', async () => {
    const held = Array.from({ length: mostInFlight }, () => get('/slow'));
    await eventually('all held requests to reach the upstream', async () => (upstream.pending >= mostInFlight ? true : undefined));
    await expectDenied(await get('/things/1'), 'overloaded', 'ingress');
    for (const response of await Promise.all(held)) expect(response.status).toBe(504);
  });

  it.each([['auth', 'ingress'], ['quota', 'auth'], ['validation', 'quota'], ['routing', 'validation']] as const)(
    'stage_unavailable at once, without an instance of %s',
    async (stage, sender) => {
      const pid = (await gateway.pids(stage))[0]!;
      process.kill(pid, 'SIGKILL');
      await eventually('the process to be gone', async () => (isAlive(pid) ? undefined : true));
      const askedAtMs = Date.now();
      const response = await get('/things/1', { 'x-api-key': key });
      expect(Date.now() - askedAtMs).toBeLessThan(500);
      await expectDenied(response, 'stage_unavailable', stage, { by: sender, ...(sender === 'ingress' ? {} : { route: '_' }) });
      await eventually('the stage to come back', async () => ((await get('/things/1', { 'x-api-key': key })).status === 200 ? true : undefined));
    },
  );

  it('interrupted, in the record of a strictly audited request whose ingress died', async () => {
    const before = upstream.seen.length;
    const broken = get('/slow/strict').then(() => false, () => true);
    await eventually('the request to reach the upstream', async () => (upstream.seen.length > before ? true : undefined));
    process.kill((await gateway.pids('ingress'))[0]!, 'SIGKILL');
    expect(await broken).toBe(true);
    const requestId = String(upstream.seen.at(-1)!.headers['x-request-id']);
    expect(await gateway.rowsOf(requestId)).toMatchObject([{ reason: 'interrupted', stage: 'ingress', status: 499, route: 'strict' }]);
    shown.add('interrupted');
  });

  it('policy_unavailable, from a gateway without a policy, and no longer once there is one', async () => {
    const bare = await TestGateway.launch({ policy: undefined });
    try {
      const response = await eventually('an ingress that listens', () => fetch(`${bare.url}/x`).catch(() => undefined), 30_000);
      const policy = `{ version: 1, upstreams: { up: { targets: [ { url: '${upstream.url}' } ] } }, routes: [ { id: x, match: { path: /x }, upstream: up, auth: public } ] }`;
      await bare.apply(policy);
      await bare.ready;
      await expectDenied(response, 'policy_unavailable', 'ingress', { gateway: bare });
      expect((await fetch(`${bare.url}/x`)).status).toBe(200);
    } finally {
      await bare.stop();
    }
  });

  it('has a test for every reason that exists yet', () => {
    expect([...shown, ...later].sort()).toEqual([...reasons].sort());
  });
});
