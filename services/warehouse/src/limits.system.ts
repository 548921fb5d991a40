import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDataDir, recorderPassword, startProcess, type WarehouseProcess } from './testing/start-process.js';

const dataDir = makeDataDir();
let warehouse: WarehouseProcess;
const mebibyte = 1024 * 1024;

beforeAll(async () => {
  warehouse = await startProcess(dataDir.path);
  await write('CREATE TABLE t (a UInt64, b String) ENGINE = MergeTree ORDER BY a');
});

afterAll(async () => {
  await warehouse?.stop();
  dataDir.remove();
});

async function ask(query: string, search = '', headers: Record<string, string> = {}): Promise<{ status: number; code: string | null; text: string }> {
  const response = await fetch(`${warehouse.url}/?${search}`, { method: 'POST', body: query, headers });
  return { status: response.status, code: response.headers.get('x-clickhouse-exception-code'), text: await response.text() };
}

function write(query: string) {
  return ask(query, '', { 'x-clickhouse-user': 'recorder', 'x-clickhouse-key': recorderPassword });
}

/** Reads a result to its end, pausing between chunks, and returns its size. */
async function readSlowly(query: string, pauseMs: number, onChunk: () => void): Promise<number> {
  const outgoing = request(`${warehouse.url}/`, { method: 'POST' });
  outgoing.end(query);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += (chunk as Buffer).length;
    onChunk();
    if (pauseMs > 0 && bytes % (4 * mebibyte) < (chunk as Buffer).length) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return bytes;
}

const slow = 'SELECT sum(sipHash64(number)) FROM numbers(1000000000000)';

describe('one query of a reader cannot bring the warehouse down', () => {
  it.each([
    ['SELECT groupArray(number) FROM numbers(100000000000)', ['241', '128']],
    ['SELECT uniqExact(number) FROM numbers(100000000000)', ['241']],
    ['SELECT number, count() FROM numbers(100000000000) GROUP BY number', ['241']],
    ["SELECT length(repeat('x', 1000000000)) FROM numbers(100)", ['131', '241']],
    ['SELECT number FROM numbers(20000000) FORMAT JSON', ['396']],
    ['SELECT sleep(100)', ['160']],
    [`SELECT ${'('.repeat(5000)}1${')'.repeat(5000)}`, ['167', '306', '62']],
    [`SELECT ${'not '.repeat(20000)}1`, ['167', '306', '62', '168']],
    [`SELECT ${Array.from({ length: 30000 }, (_, index) => index).join('+')}`, ['167', '168', '306', '62']],
    [`SELECT '${'x'.repeat(300_000)}'`, ['62']],
    ["SELECT match(repeat('a', 30), '(a+)+$'), extractAll('x', '(((((x{1,1000}){1,1000}){1,1000})))')", ['427']],
  ])('try %#', async (query, codes) => {
    const { text } = await ask(query);
    expect(codes).toContain(/Code: (\d+)\./.exec(text)?.[1]);
    expect((await ask('SELECT 1')).text).toBe('1\n');
  });

  it('a result that is too long is cut off where that shows', async () => {
    const response = await fetch(`${warehouse.url}/?query=SELECT+number+FROM+numbers(20000000)`);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it('time is limited, and a reader may ask for less', async () => {
    const startedMs = Date.now();
    expect(await ask(slow, 'max_execution_time=1')).toMatchObject({ status: 408, code: '159' });
    expect(await ask(`SELECT (${slow})`, 'max_execution_time=1')).toMatchObject({ status: 408, code: '159' });
    expect(Date.now() - startedMs).toBeLessThan(10_000);
  });

  it('more readers than there are threads wait their turn, and too many are refused', async () => {
    const controller = new AbortController();
    const hogs = Array.from({ length: 3 }, () => fetch(`${warehouse.url}/`, { method: 'POST', body: slow, signal: controller.signal }).catch(() => undefined));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const waiting = Array.from({ length: 120 }, () => ask('SELECT 1'));
    const settled = Promise.all(waiting);
    await new Promise((resolve) => setTimeout(resolve, 300));
    controller.abort();
    await Promise.all(hogs);
    const answers = await settled;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
    expect(answers.filter(({ code }) => code === '202').length).toBeGreaterThan(0);
  });

  it('inserts go on while every reader is busy', async () => {
    const controller = new AbortController();
    const hogs = Array.from({ length: 3 }, () => fetch(`${warehouse.url}/`, { method: 'POST', body: slow, signal: controller.signal }).catch(() => undefined));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const startedMs = Date.now();
    for (let index = 0; index < 10; index += 1) expect((await write(`INSERT INTO t VALUES (${index}, 'x')`)).status).toBe(200);
    expect(Date.now() - startedMs).toBeLessThan(5000);
    controller.abort();
    await Promise.all(hogs);
    expect((await ask('SELECT count() FROM t')).text).toBe('10\n');
  });

  it('clients that leave give their reader back at once, also while it plans', async () => {
    for (const query of [slow, `SELECT (${slow})`, `SELECT * FROM numbers(10) WHERE number IN (${slow.replace('1000000000000', '900000000000')})`]) {
      const controllers = Array.from({ length: 4 }, () => new AbortController());
      const hogs = controllers.map(({ signal }) => fetch(`${warehouse.url}/`, { method: 'POST', body: query, signal }).catch(() => undefined));
      await new Promise((resolve) => setTimeout(resolve, 200));
      for (const controller of controllers) controller.abort();
      await Promise.all(hogs);
      const startedMs = Date.now();
      expect((await ask('SELECT 1')).text).toBe('1\n');
      expect(Date.now() - startedMs).toBeLessThan(3000);
    }
  });
});

describe('a large result takes the memory of a few blocks', () => {
  it('also when its reader is slow', async () => {
    await ask('SELECT number FROM numbers(1000000) FORMAT Null');
    const before = warehouse.rssBytes();
    let peak = 0;
    const query = "SELECT number, repeat('x', 40) FROM numbers(9000000) FORMAT TSV";
    const bytes = await readSlowly(query, 20, () => (peak = Math.max(peak, warehouse.rssBytes())));
    expect(bytes).toBeGreaterThan(400 * mebibyte);
    expect((peak - before) / mebibyte).toBeLessThan(256);
  });

  it('in eight clients at once that take nothing', async () => {
    const before = warehouse.rssBytes();
    const requests = Array.from({ length: 8 }, () => {
      const outgoing = request(`${warehouse.url}/`, { method: 'POST' });
      outgoing.on('error', () => undefined);
      outgoing.end("SELECT number, repeat('x', 40) FROM numbers(9000000) FORMAT TSV");
      return outgoing;
    });
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect((warehouse.rssBytes() - before) / mebibyte).toBeLessThan(256);
    for (const outgoing of requests) outgoing.destroy();
    await expect.poll(async () => (await ask('SELECT 1')).text, { timeout: 5000 }).toBe('1\n');
  });
});
