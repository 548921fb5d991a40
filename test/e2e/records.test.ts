import { Agent, request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, TestGateway, Upstream } from './src/index.js';

/** `SALLYPORT_TEST_REQUESTS=200000` for the full measure. */
const total = Number(process.env['SALLYPORT_TEST_REQUESTS'] ?? '20000');
const connections = 64;

let upstream: Upstream;
let gateway: TestGateway;
let key: string;

/**
 * Two policies of which every stage judges differently: an odd revision lets all pass, an even one refuses one kind in each
 * stage. The quota's counter outlives revisions, so what passed under the lax policy has used up the strict one's.
 */
function policy(strict: boolean): string {
  return `
version: 1
consumers: { acme: {} }
upstreams: { up: { targets: [ { url: '${upstream.url}' } ], timeout: 2s } }
routes:
  - { id: public, match: { path: /public }, upstream: up, auth: public }
  - { id: auth, match: { path: /auth }, upstream: up, auth: { any: [ { apiKey: { header: x-api-key } } ], scopes: [${strict ? 'admin' : 'read'}] } }
  - { id: quota, match: { path: /quota }, upstream: up, auth: public, limits: [ { quota: ${strict ? 1 : 100000000}/day, per: route } ] }
  - { id: validation, match: { path: /validation }, upstream: up, auth: public, validate: { openapi: ./${strict ? 'strict' : 'lax'}.yaml } }
${strict ? '' : "  - { id: ingress, match: { path: /ingress }, upstream: up, auth: public }\n"}`;
}
const contract = (required: boolean) =>
  `{ openapi: 3.1.0, info: { title: t, version: '1' }, paths: { /validation: { get: { parameters: [ { name: q, in: query, required: ${required}, schema: { type: integer } } ] } } } }`;
const files = { 'strict.yaml': contract(true), 'lax.yaml': contract(false) };

interface Answer {
  readonly path: string;
  readonly status: number;
}

beforeAll(async () => {
  upstream = await Upstream.start();
  gateway = await TestGateway.start({ policy: policy(false), files });
  ({ key } = await gateway.mintKey('acme', ['read']));
});

afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

it(`${total} requests under changing policies leave one row each, and none mixes two revisions`, { timeout: 600_000 }, async () => {
  const answers = new Map<string, Answer>();
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const paths = ['/public', '/auth', '/quota', '/validation', '/ingress'];
  let left = total;
  const one = (path: string) =>
    new Promise<void>((resolve, reject) => {
      const call = request(gateway.url + path, { agent, headers: { 'x-api-key': key } }, (response) => {
        const id = response.headers['x-request-id'] as string;
        expect(answers.has(id)).toBe(false);
        answers.set(id, { path, status: response.statusCode! });
        response.resume().on('end', resolve);
      });
      call.on('error', reject);
      call.end();
    });
  const client = async () => {
    while (left > 0) await one(paths[left-- % paths.length]!);
  };
  let running = true;
  let revisions = 1;
  const reload = (async () => {
    while (running) {
      await gateway.apply(policy(revisions % 2 === 1), files);
      revisions++;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  })();
  await Promise.all(Array.from({ length: connections }, client));
  running = false;
  await reload;
  agent.destroy();

  expect(answers.size).toBe(total);
  const [{ rows, distinct }] = (await eventually('all rows', async () => {
    const counted = await gateway.sql<{ rows: number; distinct: number }>(
      'SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(request_id)) AS distinct FROM requests',
    );
    return counted[0]!.rows >= total ? counted : undefined;
  }, 60_000)) as [{ rows: number; distinct: number }];
  expect({ rows, distinct }).toEqual({ rows: total, distinct: total });

  interface Judged {
    request_id: string;
    revision: number;
    status: number;
    stage: string;
    reason: string;
  }
  const judged = await gateway.sql<Judged>('SELECT request_id, revision, status, stage, reason FROM requests');
  const expected: Record<string, readonly [number, string]> = {
    '/public': [200, ''],
    '/auth': [403, 'scope_missing'],
    '/quota': [429, 'quota_exceeded'],
    '/validation': [400, 'schema_violation'],
    '/ingress': [404, 'route_unmatched'],
  };
  for (const row of judged) {
    const answer = answers.get(row.request_id)!;
    expect(answer.status).toBe(row.status);
    const [status, reason] = row.revision % 2 === 1 ? [200, ''] : expected[answer.path]!;
    expect(row, `${answer.path} under revision ${row.revision}`).toMatchObject({ status, reason });
  }
  console.log(`${total} requests, ${revisions} revisions, ${rows} rows, ${distinct} distinct`);
});
