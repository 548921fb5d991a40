import { gunzipSync, gzipSync } from 'node:zlib';
import { Readable } from 'node:stream';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDataDir, recorderPassword, startProcess, type WarehouseProcess } from './testing/start-process.js';

const dataDir = makeDataDir();
let warehouse: WarehouseProcess;
let reader: ClickHouseClient;
let recorder: ClickHouseClient;

beforeAll(async () => {
  warehouse = await startProcess(dataDir.path);
  reader = createClient({ url: warehouse.url });
  recorder = createClient({ url: warehouse.url, username: 'recorder', password: recorderPassword });
  await recorder.command({ query: 'CREATE TABLE letters (id UInt64, letter String, at DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY id' });
});

afterAll(async () => {
  await Promise.all([reader?.close(), recorder?.close()]);
  await warehouse?.stop();
  dataDir.remove();
});

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(new URL(path, warehouse.url), init);
}

function asRecorder(headers: Record<string, string> = {}): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`recorder:${recorderPassword}`).toString('base64')}`, ...headers };
}

describe('@clickhouse/client', () => {
  it('pings, by path and by statement', async () => {
    expect(await reader.ping()).toEqual({ success: true });
    expect(await reader.ping({ select: true })).toEqual({ success: true });
  });

  it('queries with parameters of every common type', async () => {
    const result = await reader.query({
      query: 'SELECT {n:UInt64} AS n, {s:String} AS s, {a:Array(String)} AS a, {d:DateTime64(3)} AS d, {b:Bool} AS b, {m:Map(String, UInt8)} AS m',
      query_params: { n: 42, s: "it's\ta \\ 'test'\n", a: ['x', "y'z"], d: new Date('2026-01-02T03:04:05.678Z'), b: true, m: { k: 1 } },
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([
      { n: 42, s: "it's\ta \\ 'test'\n", a: ['x', "y'z"], d: '2026-01-02 03:04:05.678', b: true, m: { k: 1 } },
    ]);
  });

  it('sends long parameters as a form', async () => {
    const client = createClient({ url: warehouse.url, use_multipart_params: true });
    const text = 'x'.repeat(300_000);
    const result = await client.query({ query: 'SELECT length({s:String}) AS n', query_params: { s: text }, format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ n: text.length }]);
    await client.close();
  });

  it('inserts rows, streams and exec bodies, compressed or not', async () => {
    await recorder.insert({ table: 'letters', values: [{ id: 1, letter: 'a' }, { id: 2, letter: 'b' }], format: 'JSONEachRow' });
    await recorder.insert({ table: 'letters', values: [[3, 'c']], columns: ['id', 'letter'], format: 'JSONCompactEachRow' });
    const compressed = createClient({
      url: warehouse.url,
      username: 'recorder',
      password: recorderPassword,
      compression: { request: true, response: true },
    });
    await compressed.insert({
      table: 'letters',
      columns: ['id', 'letter'],
      values: Readable.from(Array.from({ length: 5000 }, (_, index) => [index + 4, 'z'])),
      format: 'JSONCompactEachRow',
    });
    const { stream } = await recorder.exec({ query: 'INSERT INTO letters (id, letter) FORMAT CSV', values: Readable.from([Buffer.from('9000,"two\n\nlines"\n')], { objectMode: false }) });
    stream.resume();

    const result = await compressed.query({ query: 'SELECT count() AS rows, max(id) AS last FROM letters', format: 'JSON' });
    expect((await result.json()).data).toEqual([{ rows: 5004, last: 9000 }]);
    const summary = await recorder.insert({ table: 'letters', values: [{ id: 9001, letter: 'q' }], format: 'JSONEachRow' });
    expect(summary.summary?.written_rows).toBe('1');
    await compressed.close();
  });

  it('streams rows', async () => {
    const result = await reader.query({ query: 'SELECT number FROM numbers(200000)', format: 'JSONCompactEachRow' });
    let rows = 0;
    for await (const chunk of result.stream<[number]>()) rows += chunk.length;
    expect(rows).toBe(200_000);
  });

  it('passes settings', async () => {
    const result = await reader.query({
      query: 'SELECT toUInt64(1) AS n',
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1, wait_end_of_query: 1 },
    });
    expect(await result.text()).toBe('{"n":"1"}\n');
  });

  it('reads errors by code and type', async () => {
    await expect(reader.query({ query: 'SELECT * FROM nowhere' })).rejects.toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
    await expect(reader.query({ query: 'SELECT )' })).rejects.toMatchObject({ code: '62', type: 'SYNTAX_ERROR' });
    await expect(recorder.insert({ table: 'letters', values: [{ id: 'x' }], format: 'JSONEachRow' })).rejects.toMatchObject({ code: '27' });
  });

  it('learns of an exception in the middle of a result', async () => {
    const result = await reader.query({ query: 'SELECT throwIf(number = 3000000) FROM numbers(4000000)', format: 'JSONEachRow' });
    await expect(async () => {
      for await (const chunk of result.stream()) void chunk;
    }).rejects.toMatchObject({ type: 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO' });
  });

  it('an aborted query stops in the engine, too', async () => {
    const controller = new AbortController();
    const slow = reader.query({ query: 'SELECT sum(sipHash64(number)) AS marker_of_abort FROM numbers(100000000000)', abort_signal: controller.signal });
    const processes = async () =>
      (await (await reader.query({ query: "SELECT query FROM system.processes WHERE query LIKE '%marker_of_abort FROM%' AND query NOT LIKE '%system%'", format: 'JSONEachRow' })).json()).length;
    await expect.poll(processes, { timeout: 5000 }).toBe(1);
    controller.abort();
    await expect(slow).rejects.toThrow();
    await expect.poll(processes, { timeout: 5000 }).toBe(0);
  });
});

describe('curl habits', () => {
  it('answers health checks and unknown paths as ClickHouse does', async () => {
    for (const path of ['/', '/ping', '/replicas_status']) {
      const response = await ask(path);
      expect([response.status, await response.text()]).toEqual([200, 'Ok.\n']);
    }
    const head = await ask('/ping', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const unknown = await ask('/nowhere');
    expect(unknown.status).toBe(404);
    expect(await unknown.text()).toMatch(/^There is no handle \/nowhere\n/);
    expect((await ask('/', { method: 'DELETE' })).status).toBe(405);
  });

  it('takes a statement from the URL, from the body, and from both', async () => {
    expect(await (await ask('/?query=SELECT+1')).text()).toBe('1\n');
    expect(await (await ask('/', { method: 'POST', body: 'SELECT 2' })).text()).toBe('2\n');
    expect(await (await ask('/?query=SELECT', { method: 'POST', body: '3' })).text()).toBe('3\n');
  });

  it('names query, format and server in the header', async () => {
    const response = await ask('/?query=SELECT+1+FORMAT+JSON&query_id=mine');
    expect(response.headers.get('x-clickhouse-query-id')).toBe('mine');
    expect(response.headers.get('x-clickhouse-format')).toBe('JSON');
    expect(response.headers.get('x-clickhouse-timezone')).toBe('UTC');
    expect(response.headers.get('x-clickhouse-server-display-name')).not.toBeNull();
    expect(JSON.parse(response.headers.get('x-clickhouse-summary') ?? '')).toMatchObject({ read_rows: '1' });
    expect(response.headers.get('content-type')).toBe('application/json; charset=UTF-8');
    await response.arrayBuffer();
  });

  it('chooses the format by clause, parameter and header, in this order', async () => {
    const headers = { 'x-clickhouse-format': 'CSVWithNames' };
    expect(await (await ask('/?query=SELECT+1+AS+a+FORMAT+JSONEachRow&default_format=TSVWithNames', { headers })).text()).toBe('{"a":1}\n');
    expect(await (await ask('/?query=SELECT+1+AS+a&default_format=TSVWithNames', { headers })).text()).toBe('a\n1\n');
    expect(await (await ask('/?query=SELECT+1+AS+a', { headers })).text()).toBe('"a"\n1\n');
    const unknown = await ask('/?query=SELECT+1&default_format=Nonsense');
    expect([unknown.status, unknown.headers.get('x-clickhouse-exception-code')]).toEqual([404, '73']);
  });

  it('sends a header once however many blocks a result has, and whole documents whole', async () => {
    const named = await (await ask('/?query=SELECT+number+AS+a+FROM+numbers(300000)+FORMAT+CSVWithNamesAndTypes')).text();
    const lines = named.trimEnd().split('\n');
    expect(lines.slice(0, 3)).toEqual(['"a"', '"UInt64"', '0']);
    expect(lines.length).toBe(300_002);
    expect(lines.filter((line) => line.startsWith('"')).length).toBe(2);
    const document = (await (await ask('/?query=SELECT+number+FROM+numbers(300000)+FORMAT+JSONCompact')).json()) as { rows: number };
    expect(document.rows).toBe(300_000);
    expect(await (await ask('/?query=SELECT+1+AS+a+WHERE+0+FORMAT+CSVWithNames')).text()).toBe('"a"\n');
  });

  it('passes binary formats both ways', async () => {
    await ask('/', { method: 'POST', headers: asRecorder(), body: 'CREATE TABLE binary (a UInt64, b String) ENGINE = MergeTree ORDER BY a' });
    const native = await (await ask('/?query=SELECT+number+AS+a,+char(10,10,0,255)+AS+b+FROM+numbers(100000)+FORMAT+Native')).arrayBuffer();
    const inserted = await ask('/?query=INSERT+INTO+binary+FORMAT+Native', { method: 'POST', headers: asRecorder(), body: native });
    expect(inserted.status).toBe(200);
    expect(await (await ask('/?query=SELECT+count(),+uniqExact(b),+hex(any(b))+FROM+binary')).text()).toBe('100000\t1\t0A0A00FF\n');
  });

  it('reads rows of an INSERT wherever they are', async () => {
    const post = (path: string, body: string) => ask(path, { method: 'POST', headers: asRecorder(), body });
    await post('/', 'CREATE TABLE rows (a UInt64, b String) ENGINE = MergeTree ORDER BY a');
    expect((await post('/?query=INSERT+INTO+rows+VALUES', "(1, 'one'), (2, 'two')")).status).toBe(200);
    expect((await post('/', "INSERT INTO rows VALUES (3, 'three')")).status).toBe(200);
    expect((await post('/', 'INSERT INTO rows FORMAT JSONEachRow\n{"a":4,"b":"four"}')).status).toBe(200);
    expect((await post('/', 'INSERT INTO rows (a) SELECT 5')).status).toBe(200);
    expect((await post('/?query=INSERT+INTO+rows+(b,a)+FORMAT+TSV', 'six\t6\n')).status).toBe(200);
    expect((await post('/?query=INSERT+INTO+rows+SETTINGS+input_format_skip_unknown_fields=1+FORMAT+JSONEachRow', '{"a":7,"c":0}')).status).toBe(200);
    expect(await (await ask('/?query=SELECT+groupArray(a),+groupArray(b)+FROM+(SELECT+*+FROM+rows+ORDER+BY+a)')).text()).toBe(
      "[1,2,3,4,5,6,7]\t['one','two','three','four','','six','']\n",
    );
  });

  it('compresses what is asked for and reads what is compressed', async () => {
    const plain = await ask('/?query=SELECT+number+FROM+numbers(1000)', { headers: { 'accept-encoding': 'gzip' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    await plain.arrayBuffer();
    for (const encoding of ['gzip', 'br', 'deflate']) {
      const response = await ask('/?query=SELECT+number+FROM+numbers(1000)&enable_http_compression=1', { headers: { 'accept-encoding': encoding } });
      expect(response.headers.get('content-encoding')).toBe(encoding);
      expect((await response.text()).split('\n').length).toBe(1001);
    }
    const asked = await ask('/', { method: 'POST', headers: { 'content-encoding': 'gzip' }, body: gzipSync('SELECT 7') });
    expect(await asked.text()).toBe('7\n');
    const broken = await ask('/', { method: 'POST', headers: { 'content-encoding': 'gzip' }, body: 'no gzip' });
    expect(broken.headers.get('x-clickhouse-exception-code')).toBe('33');
    expect(gunzipSync(gzipSync('x')).toString()).toBe('x');
  });

  it.each([
    ['SELECT * FROM nowhere', 404, '60'],
    ['SELECT nothing', 404, '47'],
    ['SELECT nosuch(1)', 404, '46'],
    ['SELECT * FROM nowhere.at_all', 404, '81'],
    ['SELECT FROM WHERE', 400, '62'],
    ['', 400, '62'],
    ['SELECT {p:UInt8}', 400, '456'],
    ['SELECT throwIf(1)', 500, '395'],
  ])('%s → %i, code %s', async (query, status, code) => {
    const response = await ask('/', { method: 'POST', body: query });
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([status, code]);
    expect(await response.text()).toMatch(new RegExp(`^Code: ${code}\\. DB::Exception: .*\\([A-Z_]+\\) \\(version [0-9.]+\\)\\n$`, 's'));
  });

  it('with wait_end_of_query, a late exception still gets its status', async () => {
    const response = await ask('/?query=SELECT+throwIf(number=3000000)+FROM+numbers(4000000)&wait_end_of_query=1');
    expect(response.status).toBe(500);
    expect(response.headers.get('x-clickhouse-exception-code')).toBe('395');
  });

  it('says so where something is not offered', async () => {
    for (const path of ['/?query=SELECT+1&compress=1', '/?query=SELECT+1&role=x']) expect((await ask(path)).status).toBe(501);
    expect((await ask('/?query=SELECT+1&session_id=a&session_check=1')).headers.get('x-clickhouse-exception-code')).toBe('372');
    expect(await (await ask('/?query=SELECT+1&session_id=a')).text()).toBe('1\n');
    const zstd = await ask('/', { method: 'POST', headers: { 'content-encoding': 'zstd' }, body: 'SELECT 1' });
    expect(zstd.status).toBe(501);
  });

  it('answers only to names of its own on the loopback interface', async () => {
    const { request } = await import('node:http');
    const status = await new Promise((resolve) => {
      request(new URL('/?query=SELECT+1', warehouse.url), { headers: { host: 'rebound.example.com' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(403);
  });
});

describe('who may come in', () => {
  it.each([
    ['nobody named', {}, 200],
    ['default without a password', { 'x-clickhouse-user': 'default' }, 200],
    ['sallyport without a password', { 'x-clickhouse-user': 'sallyport', 'x-clickhouse-key': '' }, 200],
    ['default with a password', { 'x-clickhouse-user': 'default', 'x-clickhouse-key': 'x' }, 403],
    ['an unknown user', { 'x-clickhouse-user': 'root' }, 403],
    ['recorder with a wrong password', { 'x-clickhouse-user': 'recorder', 'x-clickhouse-key': 'x' }, 403],
    ['recorder without a password', { 'x-clickhouse-user': 'recorder' }, 403],
    ['recorder with its password', { 'x-clickhouse-user': 'recorder', 'x-clickhouse-key': recorderPassword }, 200],
    ['another scheme', { authorization: 'Bearer x' }, 403],
  ])('%s', async (_, headers, status) => {
    const response = await ask('/?query=SELECT+1', { headers });
    expect(response.status).toBe(status);
    if (status === 403) expect(response.headers.get('x-clickhouse-exception-code')).toBe('516');
    await response.arrayBuffer();
  });

  it('takes the password from the URL and from Basic, too', async () => {
    expect((await ask(`/?query=SELECT+1&user=recorder&password=${recorderPassword}`)).status).toBe(200);
    expect((await ask('/?query=SELECT+1', { headers: asRecorder() })).status).toBe(200);
  });

  it('no password appears in what a reader can see', async () => {
    const response = await ask(`/?query=SELECT+*+FROM+system.processes&user=recorder&password=${recorderPassword}`);
    expect(await response.text()).not.toContain(recorderPassword);
  });
});
