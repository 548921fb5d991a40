import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDataDir, recorderPassword, startProcess, type WarehouseProcess } from './testing/start-process.js';

const dataDir = makeDataDir();
const secretFile = join(dataDir.path, 'secret.txt');
const secret = 'c0ffee-secret-of-this-machine';
const outFile = join(dataDir.path, 'written-by-a-reader');
let warehouse: WarehouseProcess;

beforeAll(async () => {
  writeFileSync(secretFile, `${secret}\n`);
  warehouse = await startProcess(dataDir.path);
  await write('CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a');
  await write('INSERT INTO t VALUES (1), (2)');
});

afterAll(async () => {
  await warehouse?.stop();
  dataDir.remove();
});

interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly text: string;
}

async function ask(query: string, search: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Answer> {
  const url = new URL('/', warehouse.url);
  for (const [name, value] of Object.entries(search)) url.searchParams.set(name, value);
  const response = await fetch(url, { method: 'POST', body: query, headers });
  return { status: response.status, code: response.headers.get('x-clickhouse-exception-code'), text: await response.text() };
}

function write(query: string): Promise<Answer> {
  return ask(query, {}, { 'x-clickhouse-user': 'recorder', 'x-clickhouse-key': recorderPassword });
}

/** What must be as it was after every try. */
async function expectUntouched(): Promise<void> {
  expect((await ask('SELECT count(), sum(a) FROM t')).text).toBe('2\t3\n');
  expect((await ask('SHOW TABLES')).text).toBe('t\n');
  expect(existsSync(outFile)).toBe(false);
  expect(readdirSync(join(dataDir.path, 'warehouse', 'spool'))).toEqual([]);
}

describe('a reader reads', () => {
  it.each([
    'SELECT 1',
    '(SELECT 1) UNION ALL (SELECT 2)',
    'WITH x AS (SELECT 1 AS a) SELECT * FROM x',
    'FROM t SELECT a',
    'SELECT 1;',
    '-- why\nSELECT /* what */ 1 -- that',
    'SHOW TABLES',
    'SHOW CREATE TABLE t',
    'SHOW PROCESSLIST',
    'DESCRIBE TABLE t',
    'EXPLAIN SELECT * FROM t',
    'EXISTS TABLE t',
    'SELECT * FROM numbers(3)',
    'SELECT name FROM system.tables LIMIT 1',
    'SELECT table_name FROM information_schema.tables LIMIT 1',
    "SELECT 'file', 'eval(1)', '; DROP TABLE t', '-- x'",
    "SELECT count() FROM t WHERE toString(a) = '/etc/passwd file(1)'",
    'SELECT sum(a) FROM default.t',
  ])('%s', async (query) => {
    expect(await ask(query)).toMatchObject({ status: 200 });
  });
});

const literal = `'${secretFile}'`;

describe('a reader does nothing else', () => {
  const tries: readonly string[] = [
    // Writing, plainly.
    'INSERT INTO t VALUES (3)',
    'INSERT INTO t SELECT 3',
    'INSERT INTO t FORMAT JSONEachRow {"a":3}',
    'DELETE FROM t WHERE 1',
    'ALTER TABLE t DELETE WHERE 1',
    'ALTER TABLE t ADD COLUMN b UInt8',
    'TRUNCATE TABLE t',
    'DROP TABLE t',
    'DROP TABLE IF EXISTS t SYNC',
    'UNDROP TABLE t',
    'RENAME TABLE t TO u',
    'OPTIMIZE TABLE t FINAL',
    'CREATE TABLE u (a UInt8) ENGINE = Memory',
    'CREATE TABLE u ENGINE = Memory AS SELECT 1',
    'CREATE TEMPORARY TABLE u (a UInt8)',
    'CREATE VIEW u AS SELECT 1',
    'CREATE OR REPLACE VIEW u AS SELECT 1',
    'CREATE DATABASE u',
    'CREATE FUNCTION u AS (x) -> x',
    "CREATE DICTIONARY u (a UInt64) PRIMARY KEY a SOURCE(FILE(path '/etc/passwd' format 'TSV')) LAYOUT(FLAT()) LIFETIME(1)",
    'CREATE NAMED COLLECTION u AS a = 1',
    'CREATE WORKLOAD u',
    'ATTACH TABLE u',
    'DETACH TABLE t',
    'EXCHANGE TABLES t AND t',
    'BACKUP TABLE t TO Disk(\'default\', \'x\')',
    `BACKUP TABLE t TO File('${outFile}')`,
    // Administration.
    'SYSTEM FLUSH LOGS',
    'SYSTEM SHUTDOWN',
    'SYSTEM STOP MERGES',
    'SYSTEM DROP MARK CACHE',
    'KILL QUERY WHERE 1',
    'KILL MUTATION WHERE 1',
    'CREATE USER u',
    'ALTER USER default SETTINGS readonly = 0',
    'CREATE ROLE u',
    'GRANT writer TO default',
    'CREATE QUOTA u',
    'BEGIN TRANSACTION',
    'WATCH t',
    // Getting out of reading only.
    'SET readonly = 0',
    'SET ROLE writer',
    'SET ROLE ALL',
    'SET ROLE DEFAULT',
    'SET DEFAULT ROLE writer TO default',
    'USE system',
    'EXECUTE AS default SELECT 1',
    'EXECUTE AS default INSERT INTO t VALUES (3)',
    'SELECT 1 SETTINGS readonly = 0',
    'SELECT 1 SETTINGS max_memory_usage = 0',
    'SELECT 1 SETTINGS max_execution_time = 0',
    'SELECT (SELECT 1 SETTINGS readonly = 0)',
    'SELECT * FROM (SELECT 1 SETTINGS readonly = 0)',
    'EXPLAIN SELECT 1 SETTINGS readonly = 0',
    'SELECT 1 SETTINGS max_threads = 1',
    'SELECT * FROM (SELECT 1 SETTINGS max_memory_usage = 1000000000000)',
    'SELECT a FROM t WHERE a IN (SELECT 1 /**/ settings /**/ `max_execution_time` = 100)',
    'WITH x AS (SELECT 1 SETTINGS allow_experimental_eval_table_function = 1) SELECT * FROM x',
    // More than one statement.
    'SELECT 1; SELECT 2',
    'SELECT 1; DROP TABLE t',
    'SELECT 1;;DROP TABLE t',
    'SELECT 1 -- \n; DROP TABLE t',
    'SELECT 1 PARALLEL WITH SELECT 2',
    'SELECT 1 PARALLEL WITH DROP TABLE t',
    "SELECT 1\n\nDROP TABLE t",
    'SELECT 1 FORMAT Null; SET readonly = 0; DROP TABLE t',
    "SELECT '1\\'; DROP TABLE t",
    // Writing files.
    `SELECT 1 INTO OUTFILE '${outFile}'`,
    `SELECT 1 INTO OUTFILE '${outFile}' AND STDOUT FORMAT TSV`,
    `SHOW TABLES INTO OUTFILE '${outFile}'`,
    `DESCRIBE TABLE t INTO OUTFILE '${outFile}'`,
    `EXPLAIN SELECT 1 INTO OUTFILE '${outFile}'`,
    `EXISTS TABLE t INTO OUTFILE '${outFile}'`,
    `SELECT 1 /**/ INTO /**/ OUTFILE '${outFile}' TRUNCATE`,
    `(SELECT 1) INTO OUTFILE '${outFile}'`,
    `INSERT INTO FUNCTION file('${outFile}', 'TSV', 'a UInt8') SELECT 1`,
    `INSERT INTO FUNCTION file('${outFile}', 'TSV', 'a UInt8') VALUES (1)`,
    `SELECT 1 SETTINGS output_format_schema = '${outFile}' FORMAT Protobuf`,
    // Reading files, in each way the engine knows.
    `SELECT file(${literal})`,
    `SELECT FILE(${literal})`,
    `SELECT \`file\`(${literal})`,
    `SELECT "file"(${literal})`,
    `SELECT \`\\x66ile\`(${literal})`,
    `SELECT "\\x66\\x69le"(${literal})`,
    `SELECT \`fi\\le\`(${literal})`,
    `SELECT /**/file/**/ -- \n (${literal})`,
    `SELECT “file”(${literal})`,
    `SELECT COLUMNS('p') APPLY file FROM (SELECT ${literal} AS p)`,
    `SELECT * APPLY(file) FROM (SELECT ${literal} AS p)`,
    `SELECT * APPLY(x -> file(x)) FROM (SELECT ${literal} AS p)`,
    `SELECT arrayMap(x -> file(x), [${literal}])`,
    `SELECT ${literal} |> file`,
    `WITH file(${literal}) AS f SELECT f`,
    `EXPLAIN SELECT file(${literal})`,
    `EXPLAIN PLAN actions = 1 SELECT file(${literal})`,
    `DESCRIBE (SELECT file(${literal}))`,
    `SELECT * FROM view(SELECT file(${literal}))`,
    `SELECT * FROM viewExplain('EXPLAIN', '', (SELECT file(${literal})))`,
    `SELECT * FROM numbers(toUInt64(length(file(${literal}))))`,
    `SELECT * FROM eval('SELECT fi' || 'le(\\'${secretFile}\\')')`,
    `SELECT * FROM file(${literal}, LineAsString)`,
    `SELECT * FROM file(${literal}, 'LineAsString', 'a String')`,
    `SELECT * FROM fileCluster('default', ${literal}, 'LineAsString')`,
    `SELECT * FROM filesystem('${dataDir.path}')`,
    `DESCRIBE TABLE file(${literal})`,
    `SELECT * FROM ${literal}`,
    `SELECT * FROM \`${secretFile}\``,
    `SELECT * FROM default.\`${secretFile}\``,
    `SELECT * FROM "secret.txt"`,
    `SHOW CREATE TABLE \`${secretFile}\``,
    `SELECT * FROM merge('default', '${secretFile}')`,
    `SELECT catboostEvaluate(${literal}, 1)`,
    `SELECT * FROM sqlite(${literal}, 't')`,
    `SELECT * FROM executable(${literal}, 'TSV', 'a String')`,
    `SELECT * FROM icebergLocal('${dataDir.path}')`,
    `SELECT * FROM deltaLakeLocal('${dataDir.path}')`,
    `SELECT 1 AS a FORMAT Template SETTINGS format_template_row = ${literal}`,
    `SELECT 1 AS a SETTINGS format_schema = '${secretFile}:M' FORMAT Protobuf`,
    // Other hosts and programs.
    "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
    "SELECT * FROM s3('http://127.0.0.1:1/b/k', 'TSV')",
    "SELECT * FROM remote('127.0.0.1', system.one)",
    "SELECT * FROM remoteSecure('127.0.0.1', system.one)",
    "SELECT * FROM cluster('default', system.one)",
    "SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
    "SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
    "SELECT * FROM mongodb('127.0.0.1:1', 'd', 'c', 'u', 'p', 'a UInt8')",
    "SELECT * FROM redis('127.0.0.1:1', 'a', 'a String')",
    "SELECT * FROM jdbc('x', 't')",
    "SELECT * FROM odbc('x', 't')",
    "SELECT * FROM hdfs('hdfs://127.0.0.1:1/x', 'TSV')",
    "SELECT * FROM azureBlobStorage('x', 'c', 'b')",
    'SELECT * FROM arrowstream(1)',
    "SELECT * FROM arrowstream('94233')",
    "SELECT aiGenerate('x', 'y')",
    "SELECT * FROM dictionary('x')",
    // The process itself.
    'SELECT addressToLine(1)',
    'SELECT demangle(addressToSymbol(1))',
    'SELECT * FROM system.stack_trace',
    'SELECT * FROM system.`stack_trace`',
    'SELECT * FROM system."st\\x61ck_trace"',
    "SELECT * FROM loop(system.one)",
    "SELECT * FROM merge('system', 'stack_tra.e')",
  ];

  it.each(tries)('%s', async (query) => {
    const answer = await ask(query);
    expect(answer.text).not.toContain(secret);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.text).toMatch(/^Code: \d+\. DB::Exception: /);
  });

  it('after all that, everything is as it was', expectUntouched);

  it.each([
    ['readonly', '0'],
    ['dialect', 'kusto'],
    ['output_format_schema', outFile],
    ['format_template_row', secretFile],
    ['format_schema', `${secretFile}:M`],
    ['max_memory_usage', '0'],
    ['max_memory_usage', '999999999999999'],
    ['max_memory_usage', '-1'],
    ['max_execution_time', '0'],
    ['max_execution_time', '1e9'],
    ['max_result_rows', '0'],
    ['max_threads', '1000'],
    ['allow_introspection_functions', '1'],
    ['query_profiler_real_time_period_ns', '1'],
    ['max_parser_depth', '1000000'],
    ['allow_experimental_eval_table_function', '1'],
    ['workload', 'x'],
    ['config-file', '/etc/passwd'],
    ["a = 1, readonly", '0'],
  ])('the URL setting %s = %s is refused', async (name, value) => {
    const answer = await ask('SELECT 1', { [name]: value });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(['115', '164', '452']).toContain(answer.code);
  });

  it.each([
    ['a value that ends its literal', 'SELECT {x:String}', { param_x: "'; DROP TABLE t; --" }],
    ['a name that ends the statement', 'SELECT 1', { "param_x = '1'; SET readonly = 0; --": '1' }],
    ['an identifier that is a path', 'SELECT * FROM {x:Identifier}', { param_x: secretFile }],
    ['an identifier that is forbidden', 'SELECT * FROM system.{x:Identifier}', { param_x: 'stack_trace' }],
    ['an identifier in escapes', 'SELECT * FROM system.{x:Identifier}', { param_x: 'st\\x61ck_trace' }],
    ['an identifier as a function', `SELECT {x:Identifier}(${literal})`, { param_x: 'file' }],
    ['an identifier as a table function', `SELECT * FROM {x:Identifier}(${literal})`, { param_x: 'file' }],
    ['a database that ends its name', 'SELECT 1', { database: 'system`; SET readonly = 0; DROP TABLE default.t; --' }],
    ['a format that ends its name', 'SELECT 1', { default_format: 'TSV; DROP TABLE t' }],
  ])('%s does no harm', async (_, query, search) => {
    const answer = await ask(query, search);
    expect(answer.text).not.toContain(secret);
    if (!query.includes('String')) expect(answer.status).toBeGreaterThanOrEqual(400);
    await expectUntouched();
  });

  it('a query id means nothing to the engine', async () => {
    expect((await ask('SELECT 1', { query_id: "x'; DROP TABLE t; --" })).status).toBe(200);
    await expectUntouched();
  });

  it('one request leaves nothing to the next', async () => {
    await ask('SELECT 1', { param_x: '1', session_timezone: 'Asia/Tokyo', database: 'system' });
    expect((await ask('SELECT {x:UInt8}')).code).toBe('456');
    expect((await ask("SELECT currentDatabase(), getSetting('session_timezone'), getSetting('readonly')")).text).toBe('default\t\t1\n');
  });
});

describe('the recorder', () => {
  it.each([
    'SYSTEM SHUTDOWN',
    'KILL QUERY WHERE 1',
    'SET readonly = 0',
    'CREATE USER u',
    'CREATE DATABASE u',
    'DROP DATABASE default',
    `SELECT 1 INTO OUTFILE '${outFile}'`,
    `INSERT INTO t FROM INFILE ${literal} FORMAT TSV`,
    `INSERT INTO FUNCTION file('${outFile}', 'TSV', 'a UInt8') SELECT 1`,
    `CREATE TABLE u (a String) ENGINE = File(TSV, ${literal})`,
    "CREATE TABLE u (a String) ENGINE = URL('http://127.0.0.1:1/', TSV)",
    `INSERT INTO t SELECT a FROM file(${literal}, 'TSV', 'a UInt64')`,
    'INSERT INTO t SELECT 3; DROP TABLE t',
    'SELECT 1; DROP TABLE t',
  ])('may not: %s', async (query) => {
    expect((await write(query)).status).toBeGreaterThanOrEqual(400);
    await expectUntouched();
  });

  it('may not write by GET', async () => {
    const url = new URL('/', warehouse.url);
    url.searchParams.set('query', 'INSERT INTO t VALUES (3)');
    const response = await fetch(url, { headers: { 'x-clickhouse-user': 'recorder', 'x-clickhouse-key': recorderPassword } });
    expect(response.headers.get('x-clickhouse-exception-code')).toBe('164');
    await response.arrayBuffer();
  });
});

// Whoever moves to another engine has to look at what is new in it.
describe('what was looked at in this engine', () => {
  it('table functions that a read-only connection may call', async () => {
    const { text } = await ask('SELECT arrayStringConcat(arraySort(groupArray(name)), \' \') FROM system.table_functions WHERE allow_readonly');
    expect(text.trim()).toBe(
      'SQLStandardValues cluster clusterAllReplicas eval fuzzJSON fuzzQuery generateRandom generateSeries generate_series input merge ' +
        'mergeTreeAnalyzeIndexes mergeTreeAnalyzeIndexesUUID mergeTreeIndex mergeTreeProjection mergeTreeTextIndex null numbers numbers_mt ' +
        'primes values view viewIfPermitted',
    );
  });

  it('functions whose names smell of files, programs or other hosts', async () => {
    const smell = 'file|path|eval|exec|url|http|^ai|catboost|config|dns|shell|wasm';
    const { text } = await ask(
      `SELECT arrayStringConcat(arraySort(groupArray(name)), ' ') FROM system.functions WHERE NOT is_aggregate AND match(lower(name), '${smell}')`,
    );
    expect(text.trim()).toMatchInlineSnapshot(`"AIClassify AIExtract AIGenerate AITranslate JSONAllPaths JSONAllPathsWithTypes JSONDynamicPaths JSONDynamicPathsWithTypes JSONSharedDataPaths JSONSharedDataPathsWithTypes URLHash URLHierarchy URLPathHierarchy aiClassify aiEmbed aiExtract aiGenerate aiTranslate base64URLDecode base64URLEncode catboostEvaluate currentProfiles cutURLParameter decodeURLComponent decodeURLFormComponent defaultProfiles enabledProfiles encodeURLComponent encodeURLFormComponent evalMLMethod extractURLParameter extractURLParameterNames extractURLParameters file filesystemAvailable filesystemCapacity filesystemUnreserved getClientHTTPHeader path pathFull tryBase64URLDecode tupleToNameValuePairs"`);
  });
});
