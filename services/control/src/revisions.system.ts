import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminApi, eventually } from './testing/admin-api.js';
import { sampleDocument, sampleRoute } from './testing/sample-document.js';
import { Stack } from './testing/start-stack.js';

let stack: Stack;
let one: AdminApi;
let two: AdminApi;
let stopOne: () => Promise<void>;

async function startControl(): Promise<{ api: AdminApi; stop: () => Promise<void> }> {
  const { url, process } = await stack.startControl();
  return { api: new AdminApi(url, stack.token), stop: () => process.stop('SIGKILL') };
}

function policy(id: string) {
  return { document: sampleDocument(sampleRoute(id)), source: `# ${id}` };
}

beforeAll(async () => {
  stack = await Stack.start();
  const [first, second] = [await startControl(), await startControl()];
  [one, two, stopOne] = [first.api, second.api, first.stop];
});

afterAll(() => stack.stop());

describe('revisions', () => {
  it('are made where something changes, and where it is forced', async () => {
    const apply = async (extra: object) => (await one.post('/api/v1/revisions', { ...policy('a'), ...extra })).json as { revision: number; changed: boolean };
    const first = await apply({ message: 'the first' });
    expect(first.changed).toBe(true);
    expect(await apply({})).toEqual({ revision: first.revision, changed: false });
    expect(await apply({ force: true })).toEqual({ revision: first.revision + 1, changed: true });
    const { json } = await one.get(`/api/v1/revisions/${first.revision}`);
    expect([json.manifest.message, json.manifest.author, json.content]).toEqual(['the first', 'admin', policy('a')]);
  });

  it('are refused with all their faults, and change nothing', async () => {
    const before = (await one.get('/api/v1/revisions/current')).json;
    const document = sampleDocument(sampleRoute('a', { upstream: 'nowhere' }), sampleRoute('a'));
    const { status, json } = await one.post('/api/v1/revisions', { document, source: '' });
    expect(status).toBe(422);
    expect(json.errors.length).toBeGreaterThan(1);
    expect((await one.post('/api/v1/revisions', { document: { ...policy('b').document, later: 1 }, source: '' })).status).toBe(422);
    expect((await one.get('/api/v1/revisions/current')).json).toEqual(before);
  });

  it('are refused where a contract cannot be enforced', async () => {
    const contract = (type: string) => ({
      info: {},
      openapi: '3.1.0',
      paths: { '/a': { get: { parameters: [{ in: 'query', name: 'q', schema: { type } }] } } },
    });
    const { status, json } = await one.post('/api/v1/revisions', withContract(contract('strin')));
    expect(status).toBe(422);
    expect(json.errors).toEqual([expect.stringMatching(/^routes\[0\]\.validate\.openapi: .* at \/paths\/~1a\/get\//)]);
    expect((await one.post('/api/v1/revisions', withContract(contract('string')))).status).toBe(200);
  });

  it('are rolled back by a new one', async () => {
    const target = (await one.post('/api/v1/revisions', policy('old'))).json.revision as number;
    const newer = (await one.post('/api/v1/revisions', policy('new'))).json.revision as number;
    expect((await one.post('/api/v1/rollback', { revision: target })).json).toEqual({ revision: newer + 1, changed: true });
    const { json } = await one.get('/api/v1/revisions/current');
    expect([json.content, json.manifest.message]).toEqual([policy('old'), `rollback to revision ${target}`]);
    expect((await one.post('/api/v1/rollback', { revision: 9999 })).status).toBe(404);
  });

  it('made by two instances of control at once are all kept, in one order, and the last is in force on both', async () => {
    const before = (await one.get('/api/v1/revisions/current')).json.manifest.revision as number;
    const large = 'x'.repeat(100_000);
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? one : two).post('/api/v1/revisions', { ...policy(`r${i}`), source: `# r${i} ${large}` })),
    );
    const numbers = results.map(({ status, json }) => (status === 200 ? (json.revision as number) : json));
    expect(new Set(numbers).size).toBe(12);
    for (const [i, number] of numbers.entries()) {
      expect((await two.get(`/api/v1/revisions/${number}`)).json.content.document.routes[0].id).toBe(`r${i}`);
    }
    const [history, other] = [(await one.get('/api/v1/revisions')).json, (await two.get('/api/v1/revisions')).json];
    expect(history).toEqual(other);
    expect(history.revisions[0].revision).toBe(Math.max(...(numbers as number[])));
    expect(history.revisions.filter(({ revision }: { revision: number }) => revision > before)).toHaveLength(12);
  });
});

describe('control', () => {
  it('knows everything again after a kill -9, keys and revocations too', async () => {
    const { json: key } = await one.post('/api/v1/keys', { consumer: 'acme', scopes: ['orders:read'] });
    expect(key.key).toMatch(/^sp_/);
    expect((await two.delete(`/api/v1/keys/${key.id}`)).status).toBe(200);
    expect((await two.delete('/api/v1/keys/k1')).status).toBe(200);
    await two.post('/api/v1/revocations', { tokenId: 'a.b *> token' });
    const read = async (api: AdminApi) => Promise.all(['/api/v1/revisions', '/api/v1/revisions/current', '/api/v1/keys', '/api/v1/revocations'].map(async (path) => (await api.get(path)).json));
    const before = await read(two);
    expect(JSON.stringify(before)).not.toContain(key.key);
    expect(before[2].keys.map((k: { id: string; revokedAtMs: number | null }) => [k.id, k.revokedAtMs !== null])).toEqual([[key.id, true], ['k1', true]]);

    await stopOne();
    const restarted = await startControl();
    expect(await read(restarted.api)).toEqual(before);
    expect((await restarted.api.get('/api/v1/status')).json.instances.filter(({ service }: { service: string }) => service === 'control').length).toBeGreaterThan(0);
    one = restarted.api;
  });

  it('says at once that the broker is gone, and goes on when it is back', async () => {
    await stack.stopBroker();
    await eventually(async () => expect((await one.get('/healthz')).status).toBe(503), 5_000);
    expect((await one.get('/api/v1/revisions')).status).toBe(200);
    expect((await one.get('/api/v1/events')).status).toBe(503);
    const startedMs = Date.now();
    expect((await one.post('/api/v1/revisions', policy('later'))).status).toBe(503);
    expect((await one.post('/api/v1/revocations', { subject: 'joe' })).status).toBe(503);
    expect(Date.now() - startedMs).toBeLessThan(1_000);
    await stack.startBroker();
    await eventually(async () => expect((await one.get('/healthz')).status).toBe(200), 5_000);
    expect((await one.post('/api/v1/revisions', policy('later'))).status).toBe(200);
  });
});

/** A policy whose only route has this OpenAPI document; its keys are in the order of the alphabet, as digests want them. */
function withContract(document: object) {
  const digest = createHash('sha256').update(JSON.stringify(document)).digest('hex');
  const route = sampleRoute('a', { validate: { openapi: digest, waf: 'off', maxBodyBytes: 1024 } });
  return { document: { ...sampleDocument(route), documents: { [digest]: document } }, source: '' };
}
