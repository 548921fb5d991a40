import { eventually, TestGateway, Upstream } from '@sallyport/e2e';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, driveLoad } from './src/drive-load.js';

const services = ['auth', 'quota', 'validation', 'routing', 'recorder', 'control', 'warehouse', 'nats-server', 'ingress'] as const;
type Service = (typeof services)[number];

const timeoutMs = 1_000;
/** The route's timeout and a second, and what a busy machine adds. */
const longestAnswerMs = timeoutMs + 1_000 + 700;
/** Three seconds, and what a machine adds that is busy with other tests. */
const recoveryMs = 3_000 + 2_500;
const beforeMs = 1_000;
const afterMs = 5_000;
/** Longer than the broker waits for a silent client, and than the recorder does for an ingress. */
const stoppedMs = 6_500;

let upstream: Upstream;
let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  upstream = await Upstream.start();
  gateway = await TestGateway.start({
    files: { 'c.yaml': "{ openapi: 3.1.0, info: { title: t, version: '1' }, paths: { /checked: { get: { parameters: [ { name: q, in: query, required: true, schema: { type: integer } } ] } } } }" },
    policy: `
version: 1
consumers: { acme: {} }
upstreams: { up: { targets: [ { url: '${upstream.url}' } ], timeout: 1s } }
routes:
  - { id: open, match: { path: /open }, upstream: up, auth: public }
  - { id: keyed, match: { path: /keyed }, upstream: up, auth: { any: [ { apiKey: { header: x-api-key } } ], scopes: [read] } }
  - { id: forbidden, match: { path: /forbidden }, upstream: up, auth: { any: [ { apiKey: { header: x-api-key } } ], scopes: [admin] } }
  - { id: spent, match: { path: /spent }, upstream: up, auth: public, limits: [ { quota: 1/month, per: route } ] }
  - { id: checked, match: { path: /checked }, upstream: up, auth: public, validate: { openapi: ./c.yaml } }
  - { id: strict, match: { path: /strict }, upstream: up, auth: public, audit: strict }
`,
  });
  ({ key } = await gateway.mintKey('acme', ['read']));
  expect((await fetch(`${gateway.url}/spent`)).status).toBe(200);
});

afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

/** What a path may end in while all is well; anything else but a 5xx is a check that was skipped or invented. */
const entitled: Record<string, number> = { '/open': 200, '/keyed': 200, '/strict': 200, '/forbidden': 403, '/spent': 429, '/checked': 400 };

async function pidsOf(service: Service): Promise<number[]> {
  if (service !== 'warehouse') return gateway.pids(service);
  const { execFileSync } = await import('node:child_process');
  return execFileSync('pgrep', ['-f', 'services/warehouse/dist/main.js']).toString().trim().split('\n').map(Number).filter((pid) => isOurs(pid));
}

function isOurs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(gateway.dataDir);
  } catch {
    return false;
  }
}

async function underLoad(fault: () => Promise<void>): Promise<{ answers: readonly Answer[]; faultAtMs: number }> {
  const load = driveLoad(gateway.url, Object.keys(entitled), 24, 25, { 'x-api-key': key });
  await new Promise((resolve) => setTimeout(resolve, beforeMs));
  const faultAtMs = Date.now();
  await fault();
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  await load.stop();
  return { answers: load.answers, faultAtMs };
}

/** Checks what holds whatever dies, and says how the gateway fared. */
async function expectSound(what: string, answers: readonly Answer[], faultAtMs: number, recoveredBy: number): Promise<void> {
  const wrong = answers.filter(({ path, status }) => status !== entitled[path] && status < 500 && status !== 0);
  expect(wrong, `${what}: answers that no check can have given`).toEqual([]);
  const unchecked = upstream.seen.filter(({ url }) => url === '/forbidden' || url === '/checked');
  expect(unchecked, `${what}: requests that reached the upstream unchecked`).toEqual([]);
  expect(upstream.seen.filter(({ url }) => url === '/spent')).toHaveLength(1);
  const slowest = Math.max(...answers.map(({ tookMs }) => tookMs));
  expect(slowest, `${what}: the longest answer`).toBeLessThan(longestAnswerMs);
  const failures = answers.filter(({ path, status }) => status !== entitled[path]);
  const lastFailureMs = Math.max(faultAtMs, ...failures.map(({ sentAtMs }) => sentAtMs)) - faultAtMs;
  expect(lastFailureMs, `${what}: time until all is well again`).toBeLessThan(recoveredBy);

  const ids = answers.filter(({ requestId }) => requestId !== '').map(({ requestId }) => requestId);
  const counts = await rowCounts(ids);
  const doubled = [...counts.values()].filter((count) => count > 1).length;
  const missing = ids.filter((id) => !counts.has(id));
  expect(doubled, `${what}: rows doubled`).toBe(0);
  if (what.endsWith('ingress')) {
    const lost = answers.filter(({ requestId }) => missing.includes(requestId));
    for (const { sentAtMs, tookMs, path } of lost) {
      expect(faultAtMs - (sentAtMs + tookMs), `${what}: age of a lost record`).toBeLessThan(100);
      expect(path, 'strictly audited requests are never lost').not.toBe('/strict');
    }
  } else expect(missing, `${what}: rows missing`).toEqual([]);
  console.log(`${what}: ${answers.length} answers, ${failures.length} failed, well after ${lastFailureMs} ms, longest ${slowest} ms, ${missing.length} rows missing, ${doubled} doubled`);
}

/** Ids a statement can name; ClickHouse takes 256 KiB. */
const idsAtOnce = 4_000;

async function rowCounts(ids: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let at = 0; at < ids.length; at += idsAtOnce) {
    const some = ids.slice(at, at + idsAtOnce);
    const list = some.map((id) => `'${id}'`).join(',');
    const query = `SELECT toString(request_id) AS id, toUInt32(count()) AS rows FROM requests WHERE request_id IN (${list}) GROUP BY id`;
    let rows: { id: string; rows: number }[] = [];
    const all = async () => {
      // The warehouse may be away: that is what is being tested.
      rows = await gateway.sql<{ id: string; rows: number }>(query).catch(() => []);
      return rows.length >= some.length ? true : undefined;
    };
    await eventually('rows of all answers', all, 20_000).catch(() => undefined);
    for (const { id, rows: count } of rows) counts.set(id, count);
  }
  return counts;
}

describe.each(services)('%s', (service) => {
  it('killed under load: nothing passes unchecked, hangs or is lost, and all is well soon after', { timeout: 90_000 }, async () => {
    const pids = await pidsOf(service);
    expect(pids.length).toBeGreaterThan(0);
    const { answers, faultAtMs } = await underLoad(async () => pids.forEach((pid) => process.kill(pid, 'SIGKILL')));
    await expectSound(`kill -9 ${service}`, answers, faultAtMs, recoveryMs);
  });
});

describe.each(['auth', 'quota', 'validation', 'routing', 'recorder', 'control', 'warehouse'] as const)('%s', (service) => {
  it('stopped for longer than the broker waits: nothing passes unchecked, hangs or is lost', { timeout: 90_000 }, async () => {
    const pids = await pidsOf(service);
    const { answers, faultAtMs } = await underLoad(async () => {
      pids.forEach((pid) => process.kill(pid, 'SIGSTOP'));
      await new Promise((resolve) => setTimeout(resolve, stoppedMs));
      pids.forEach((pid) => process.kill(pid, 'SIGCONT'));
    });
    await expectSound(`stop ${service}`, answers, faultAtMs, stoppedMs + recoveryMs);
  });
});

describe('a stopped ingress', () => {
  it('loses and doubles nothing, although its lane is closed meanwhile', { timeout: 90_000 }, async () => {
    const load = driveLoad(gateway.url, ['/open', '/strict', '/keyed'], 16, 20, { 'x-api-key': key });
    await new Promise((resolve) => setTimeout(resolve, beforeMs));
    const pids = await gateway.pids('ingress');
    pids.forEach((pid) => process.kill(pid, 'SIGSTOP'));
    await new Promise((resolve) => setTimeout(resolve, stoppedMs));
    pids.forEach((pid) => process.kill(pid, 'SIGCONT'));
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await load.stop();
    const answers = load.answers.filter(({ requestId }) => requestId !== '');
    const counts = await rowCounts(answers.map(({ requestId }) => requestId));
    expect([...counts.values()].filter((count) => count > 1)).toEqual([]);
    expect(answers.filter(({ requestId }) => !counts.has(requestId))).toEqual([]);
    expect(answers.at(-1)!.status).toBe(200);
    console.log(`stop ingress for ${stoppedMs} ms: ${answers.length} answers, 0 rows missing, 0 doubled`);
  });
});

describe('an ingress that fell silent', () => {
  it('is reported with the bounds of what may be missing', async () => {
    const events = await eventually('an event of the gap', async () => {
      const found = await gateway.sql<{ event: string }>("SELECT event FROM security_events WHERE type = 'recorder.records_gap'");
      return found.length > 0 ? found : undefined;
    });
    for (const { event } of events) expect(JSON.parse(event)).toMatchObject({ data: { unmapped: { missing_at_most_ms: 50 } } });
  });
});
