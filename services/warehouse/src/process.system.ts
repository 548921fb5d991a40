import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeDataDir, recorderPassword, spawnWarehouse, startProcess, type WarehouseProcess } from './testing/start-process.js';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function dataDir(): string {
  const dir = makeDataDir();
  cleanups.push(() => dir.remove());
  return dir.path;
}

async function start(dir: string, env: Record<string, string> = {}): Promise<WarehouseProcess> {
  const warehouse = await startProcess(dir, env);
  cleanups.push(() => warehouse.stop('SIGKILL'));
  return warehouse;
}

async function runToEnd(dir: string, env: Record<string, string> = {}): Promise<{ code: number | null; lines: string[] }> {
  const child = spawnWarehouse(dir, env);
  let text = '';
  child.stderr!.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, lines: text.trim().split('\n') };
}

const asRecorder = { 'x-clickhouse-user': 'recorder', 'x-clickhouse-key': recorderPassword };

describe('what cannot start says so in one line and ends with 1', () => {
  it('a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { code, lines } = await runToEnd(dataDir(), { CLICKHOUSE_PORT: String(port) });
    expect(code).toBe(1);
    expect(lines).toEqual([`warehouse: 127.0.0.1:${port} is in use; set CLICKHOUSE_PORT to another port`]);
  });

  it('a directory that another process holds, which goes on undisturbed', async () => {
    const dir = dataDir();
    const first = await start(dir);
    const { code, lines } = await runToEnd(dir);
    expect(code).toBe(1);
    expect(lines.at(-1)).toBe(`warehouse: ${join(dir, 'warehouse')} is in use by process ${first.child.pid}; stop it or choose another directory`);
    expect(await (await fetch(`${first.url}/?query=SELECT+1`)).text()).toBe('1\n');
  });

  it.each([
    ['a port that is none', { CLICKHOUSE_PORT: 'http' }, /^warehouse: CLICKHOUSE_PORT is not a port: http$/],
    ['a password file that is not there', { SALLYPORT_RECORDER_PASSWORD_FILE: '/nonexistent/file' }, /^warehouse: SALLYPORT_RECORDER_PASSWORD_FILE cannot be read: /],
    ['a directory that is a file', {}, /^warehouse: /],
  ])('%s', async (what, env, line) => {
    const dir = dataDir();
    if (what.includes('is a file')) writeFileSync(join(dir, 'warehouse'), '');
    const { code, lines } = await runToEnd(dir, env);
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatch(line);
  });
});

describe('SIGTERM', () => {
  it('lets what is in flight finish, takes nothing new, and ends with 0', async () => {
    const warehouse = await start(dataDir());
    await fetch(warehouse.url, { method: 'POST', headers: asRecorder, body: 'CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a' });
    const reading = fetch(`${warehouse.url}/?query=SELECT+sum(sleepEachRow(0.5))+FROM+numbers(4)`);
    const writing = fetch(warehouse.url, { method: 'POST', headers: asRecorder, body: 'INSERT INTO t SELECT number + ignore(sleepEachRow(0.01)) FROM numbers(100)' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const stopped = warehouse.stop('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(fetch(`${warehouse.url}/ping`)).rejects.toThrow();
    expect((await reading).status).toBe(200);
    expect((await writing).status).toBe(200);
    expect(await stopped).toEqual({ code: 0, signal: null });
  });

  it('does not wait for a query that would not end', async () => {
    const warehouse = await start(dataDir());
    const endless = fetch(`${warehouse.url}/?query=SELECT+sum(sipHash64(number))+FROM+numbers(1000000000000)`).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const startedMs = Date.now();
    expect(await warehouse.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(Date.now() - startedMs).toBeLessThan(15_000);
    expect(await endless).toBeInstanceOf(Error);
  });
});

describe('without a password file', () => {
  it('everybody reads and nobody writes', async () => {
    const warehouse = await start(dataDir(), { SALLYPORT_RECORDER_PASSWORD_FILE: '' });
    expect((await fetch(`${warehouse.url}/?query=SELECT+1`)).status).toBe(200);
    for (const password of ['', recorderPassword]) {
      const response = await fetch(`${warehouse.url}/?query=SELECT+1`, { headers: { 'x-clickhouse-user': 'recorder', 'x-clickhouse-key': password } });
      expect(response.status).toBe(403);
    }
  });
});
