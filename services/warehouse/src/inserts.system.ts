import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { encodeRequestRow, insertOnceSettings, insertStatement, migrate, type RequestRow } from '@sallyport/warehouse-schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDataDir, recorderPassword, startProcess, type WarehouseProcess } from './testing/start-process.js';

const dataDir = makeDataDir();
let warehouse: WarehouseProcess;
let reader: ClickHouseClient;
let recorder: ClickHouseClient;

async function start(): Promise<void> {
  warehouse = await startProcess(dataDir.path);
  reader = createClient({ url: warehouse.url, log: { LoggerClass: SilentLogger } });
  recorder = createClient({ url: warehouse.url, username: 'recorder', password: recorderPassword, log: { LoggerClass: SilentLogger } });
}

class SilentLogger {
  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
}

async function restart(signal: NodeJS.Signals): Promise<void> {
  await Promise.all([reader.close(), recorder.close()]);
  await warehouse.stop(signal);
  await start();
}

beforeAll(async () => {
  await start();
  await migrate(recorder);
});

afterAll(async () => {
  await Promise.all([reader?.close(), recorder?.close()]);
  await warehouse?.stop();
  dataDir.remove();
});

function row(changes: Partial<RequestRow> = {}): RequestRow {
  return {
    ts: Date.now(),
    request_id: randomUUID(),
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    revision: 7,
    ingress: 'ingress-1',
    route: 'orders',
    method: 'GET',
    path_template: '/orders/:id',
    status: 200,
    decision: 'allow',
    stage: '',
    reason: '',
    consumer: 'acme',
    credential_kind: 'jwt',
    credential_id: 'jti-1',
    client_ip: '127.0.0.1',
    tls: 'TLSv1.3',
    bytes_in: 0,
    bytes_out: 1234,
    total_us: 900,
    auth_us: 50,
    quota_us: 20,
    validation_us: 30,
    routing_us: 60,
    upstream: 'orders',
    upstream_us: 700,
    upstream_status: 200,
    object_ids: { id: '42' },
    token_expires_at: 1_800_000_000,
    waf_score: 0,
    waf_rules: [],
    shadow: [],
    open_failures: [],
    ...changes,
  };
}

async function insertOnce(rows: readonly RequestRow[], token: string): Promise<void> {
  const settings = new URLSearchParams(Object.entries(insertOnceSettings(token)).map(([name, value]): [string, string] => [name, String(value)]));
  const response = await fetch(`${warehouse.url}/?query=${encodeURIComponent(insertStatement('requests'))}&${settings}`, {
    method: 'POST',
    headers: { 'x-clickhouse-user': 'recorder', 'x-clickhouse-key': recorderPassword },
    body: rows.map((each) => encodeRequestRow(each) + '\n').join(''),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
}

async function counts(where = '1'): Promise<{ rows: number; distinct: number; rolledUp: number }> {
  const result = await reader.query({
    query: `SELECT count() AS rows, uniqExact(request_id) AS distinct,
      (SELECT sum(requests) FROM requests_per_minute WHERE ${where.replace('ingress', 'route')}) AS rolledUp FROM requests WHERE ${where}`,
    format: 'JSONEachRow',
  });
  const [found] = await result.json<{ rows: number; distinct: number; rolledUp: number }>();
  return { rows: Number(found?.rows), distinct: Number(found?.distinct), rolledUp: Number(found?.rolledUp) };
}

describe('schema', () => {
  it('migrates once however often and at how many places it is asked to', async () => {
    const results = await Promise.all([migrate(recorder), migrate(recorder), migrate(recorder)]);
    expect(results.every(({ applied }) => applied.length === 0)).toBe(true);
    expect(new Set(results.map(({ version }) => version)).size).toBe(1);
  });

  it('comments every column, and keeps rows for as long as it is told', async () => {
    const bare = await reader.query({ query: "SELECT table, name FROM system.columns WHERE database = 'default' AND comment = '' AND table NOT LIKE 'kpi_%' AND table NOT LIKE '%_mv'", format: 'JSONEachRow' });
    expect(await bare.json()).toEqual([]);
    const ttls = async () => (await (await reader.query({ query: "SELECT extract(engine_full, 'toIntervalDay\\\\((\\\\d+)\\\\)') AS days FROM system.tables WHERE name IN ('requests', 'security_events', 'requests_per_minute') ORDER BY name", format: 'JSONEachRow' })).json<{ days: string }>()).map(({ days }) => days);
    expect(await ttls()).toEqual(['30', '30', '30']);
    await migrate(recorder, { retentionDays: 7 });
    expect(await ttls()).toEqual(['7', '7', '7']);
    await migrate(recorder);
    expect(await ttls()).toEqual(['30', '30', '30']);
  });

  it('a row reads as it was written', async () => {
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
    const odd = row({
      ingress: 'odd',
      request_id: '00000000-0000-4000-8000-000000000001',
      object_ids: { id: 'a"b\\ud800c\n\n\u0000é', 'weird key': '\ud800lone' },
      credential_id: "'; DROP TABLE requests; --",
      client_ip: '2001:db8::1',
      bytes_in: Number.NaN,
      bytes_out: 2 ** 53 - 1,
      total_us: -5,
      auth_us: 2 ** 40,
      status: 70_000,
      token_expires_at: null,
      waf_rules: [942_100, 941_110],
      shadow: ['attack_detected'],
      open_failures: ['quota', 'validation'],
      ts: hour + 0.6,
    });
    await insertOnce([odd], 'odd');
    const result = await reader.query({ query: "SELECT * FROM requests WHERE ingress = 'odd'", format: 'JSONEachRow' });
    expect(await result.json()).toEqual([
      {
        ...odd,
        ts: new Date(hour + 1).toISOString().replace('T', ' ').replace('Z', ''),
        object_ids: { id: 'a"b\\ud800c\n\n\u0000é', 'weird key': '\ufffdlone' },
        bytes_in: 0,
        total_us: 0,
        auth_us: 2 ** 32 - 1,
        status: 65_535,
      },
    ]);
  });

  it('every KPI view answers', async () => {
    const tls = ['TLSv1.3', ''];
    const rows = Array.from({ length: 40 }, (_, index) =>
      row({
        route: 'kpi',
        ts: Date.now(),
        tls: tls[index % 2] ?? '',
        ...(index % 4 === 0 ? { decision: 'deny', stage: 'auth', reason: 'scope_missing', status: 403, upstream_us: 0, routing_us: 0 } : {}),
      }),
    );
    await insertOnce(rows, 'kpi');
    const ask = async (query: string) => (await reader.query({ query, format: 'JSONEachRow' })).json();
    expect(await ask("SELECT reason, sum(failures) AS n FROM kpi_auth_failures WHERE route = 'kpi' GROUP BY reason")).toEqual([{ reason: 'scope_missing', n: 10 }]);
    expect(await ask("SELECT stage, reason, sum(blocked) AS n FROM kpi_blocked WHERE route = 'kpi' GROUP BY ALL")).toEqual([{ stage: 'auth', reason: 'scope_missing', n: 10 }]);
    expect(await ask("SELECT sum(requests) AS n, max(p50_ms) AS p50, max(upstream_p50_ms) AS up FROM kpi_latency_by_route WHERE route = 'kpi'")).toEqual([{ n: 40, p50: 0.9, up: 0.7 }]);
    expect(await ask('SELECT stage, max(p50_us) > 0 AS known FROM kpi_latency_by_stage GROUP BY stage ORDER BY stage')).toEqual(
      ['auth', 'quota', 'routing', 'validation'].map((stage) => ({ stage, known: 1 })),
    );
    expect(await ask("SELECT consumer, sum(violations) AS n FROM kpi_policy_violations WHERE route = 'kpi' GROUP BY consumer")).toEqual([{ consumer: 'acme', n: 10 }]);
    expect(await ask('SELECT sum(encrypted) AS n FROM kpi_encrypted_share WHERE minute > now() - 300')).toEqual([{ n: 20 }]);
    expect(await ask("SELECT consumer, sum(requests) AS n FROM kpi_top_talkers WHERE client_ip = '127.0.0.1' GROUP BY consumer")).toEqual([{ consumer: 'acme', n: 40 }]);
  });
});

describe('an insert lands once', () => {
  it('however often it is sent with the same token, in the table and in the rollup, also after a restart', async () => {
    const rows = Array.from({ length: 2000 }, () => row({ ingress: 'once', route: 'once' }));
    const once = { rows: 2000, distinct: 2000, rolledUp: 2000 };
    await insertOnce(rows, 'once-1');
    expect(await counts("ingress = 'once'")).toEqual(once);
    await insertOnce(rows, 'once-1');
    await Promise.all([insertOnce(rows, 'once-1'), insertOnce(rows, 'once-1')]);
    expect(await counts("ingress = 'once'")).toEqual(once);
    await restart('SIGTERM');
    await insertOnce(rows, 'once-1');
    expect(await counts("ingress = 'once'")).toEqual(once);
    await restart('SIGKILL');
    await insertOnce(rows, 'once-1');
    expect(await counts("ingress = 'once'")).toEqual(once);
    await insertOnce(rows, 'once-2');
    expect(await counts("ingress = 'once'")).toEqual({ rows: 4000, distinct: 2000, rolledUp: 4000 });
  });

  it('or not at all, when one of its rows is broken', async () => {
    const body = [...Array.from({ length: 5000 }, () => encodeRequestRow(row({ ingress: 'broken', route: 'broken' }))), '["broken"]'].join('\n');
    const response = await fetch(`${warehouse.url}/?query=${encodeURIComponent(insertStatement('requests'))}`, {
      method: 'POST',
      headers: { 'x-clickhouse-user': 'recorder', 'x-clickhouse-key': recorderPassword },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/at row 5001/);
    expect(await counts("ingress = 'broken'")).toEqual({ rows: 0, distinct: 0, rolledUp: 0 });
  });

  it('nothing between rows is taken for a statement', async () => {
    const lines = [encodeRequestRow(row({ ingress: 'blank', route: 'blank' })), '', 'DROP TABLE requests', ''].join('\n');
    const response = await fetch(`${warehouse.url}/?query=${encodeURIComponent(insertStatement('requests'))}`, {
      method: 'POST',
      headers: { 'x-clickhouse-user': 'recorder', 'x-clickhouse-key': recorderPassword },
      body: lines,
    });
    expect(response.status).toBe(400);
    await insertOnce([row({ ingress: 'blank', route: 'blank' })], 'blank-1');
    expect((await counts("ingress = 'blank'")).rows).toBe(1);
  });
});

describe('kill -9', () => {
  it('at any moment: what was acknowledged is there, what is sent again lands once', async () => {
    const acknowledged = new Set<string>();
    const batches = new Map<string, RequestRow[]>();
    const sizes = [1, 300, 3000];
    const send = async (token: string) => {
      await insertOnce(batches.get(token) ?? [], token);
      acknowledged.add(token);
    };
    let number = 0;
    for (let round = 0; round < 6; round += 1) {
      const before = number;
      let killed = false;
      const load = async () => {
        while (!killed) {
          number += 1;
          const token = `kill-${number}`;
          batches.set(token, Array.from({ length: sizes[number % 3] ?? 1 }, () => row({ ingress: 'kill', route: 'kill' })));
          await send(token).catch(() => undefined);
        }
      };
      const loads = [load(), load(), load()];
      await new Promise((resolve) => setTimeout(resolve, 150 + round * 90));
      killed = true;
      await restart('SIGKILL');
      await Promise.all(loads);
      expect(number).toBeGreaterThan(before);

      const kept = [...acknowledged].reduce((sum, token) => sum + (batches.get(token)?.length ?? 0), 0);
      expect((await counts("ingress = 'kill'")).distinct).toBeGreaterThanOrEqual(kept);
      for (const token of batches.keys()) await send(token);
      const all = [...batches.values()].reduce((sum, rows) => sum + rows.length, 0);
      expect(await counts("ingress = 'kill'")).toEqual({ rows: all, distinct: all, rolledUp: all });
    }
  });
});

describe('large inserts', () => {
  it('200 MB in one request take memory of a few blocks', async () => {
    await recorder.command({ query: 'CREATE TABLE large (a UInt64, b String) ENGINE = MergeTree ORDER BY a' });
    const before = warehouse.rssBytes();
    const line = `{"a":1,"b":"${'x'.repeat(180)}"}\n`;
    const chunk = Buffer.from(line.repeat(5000));
    let sent = 0;
    let peak = 0;
    const outgoing = request(`${warehouse.url}/?query=INSERT+INTO+large+FORMAT+JSONEachRow`, {
      method: 'POST',
      headers: { 'x-clickhouse-user': 'recorder', 'x-clickhouse-key': recorderPassword, 'transfer-encoding': 'chunked' },
    });
    const answered = once(outgoing, 'response');
    for (; sent < 200 * 1024 * 1024; sent += chunk.length) {
      if (!outgoing.write(chunk)) await once(outgoing, 'drain');
      peak = Math.max(peak, warehouse.rssBytes());
    }
    outgoing.end();
    const timer = setInterval(() => (peak = Math.max(peak, warehouse.rssBytes())), 20);
    const [response] = (await answered) as [IncomingMessage];
    clearInterval(timer);
    expect(response.statusCode).toBe(200);
    response.resume();
    const result = await reader.query({ query: 'SELECT count() AS n FROM large', format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ n: Math.ceil((200 * 1024 * 1024) / chunk.length) * 5000 }]);
    expect((peak - before) / 1024 / 1024).toBeLessThan(600);
  });

  it('a client that leaves midway leaves nothing', async () => {
    const outgoing = request(`${warehouse.url}/?query=INSERT+INTO+large+FORMAT+JSONEachRow`, {
      method: 'POST',
      headers: { 'x-clickhouse-user': 'recorder', 'x-clickhouse-key': recorderPassword, 'transfer-encoding': 'chunked' },
    });
    outgoing.on('error', () => undefined);
    for (let index = 0; index < 50; index += 1) outgoing.write('{"a":7,"b":"left"}\n'.repeat(1000));
    await new Promise((resolve) => setTimeout(resolve, 200));
    outgoing.destroy();
    const spool = join(dataDir.path, 'warehouse', 'spool');
    await expect.poll(() => readdirSync(spool), { timeout: 5000 }).toEqual([]);
    const result = await reader.query({ query: "SELECT count() AS n FROM large WHERE b = 'left'", format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ n: 0 }]);
  });
});
