import { Stack } from '@sallyport/control/testing';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliOptions, type CliRun, runCli } from './testing/run-cli.js';
import { samplePolicy } from './testing/sample-policy.js';

const requestMs = Date.now();
// A UUID version 7.
const requestId = `${requestMs.toString(16).padStart(12, '0').replace(/^(.{8})/, '$1-')}-7000-8000-00000000000a`;

const dir = mkdtempSync(join(tmpdir(), 'sallyport-cli-'));
let stack: Stack;
let adminUrl: string;

function write(name: string, text: string): void {
  writeFileSync(join(dir, name), text);
}

/** Runs against the stack's data directory. */
function cli(...args: string[]): Promise<CliRun> {
  return run([...args, '--data', stack.dir]);
}

function run(args: string[], options: Partial<CliOptions> = {}): Promise<CliRun> {
  return runCli(args, { cwd: dir, ...options, env: { TARGET: 'http://127.0.0.1:7001', ...options.env } });
}

async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (const untilMs = Date.now() + 20_000; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

beforeAll(async () => {
  stack = await Stack.start();
  await stack.startService('warehouse');
  const [control] = await Promise.all([stack.startControl(), stack.startService('recorder')]);
  adminUrl = control.url;
  write('one.yaml', samplePolicy('orders:read'));
  write('two.yaml', samplePolicy('orders:read, orders:list'));
  write('bad.yaml', samplePolicy('orders:read').replace('upstream: orders', 'upstream: nowhere').replace('/orders }', '/orders, methds: [GET] }'));
});

afterAll(async () => {
  await stack?.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('revisions', () => {
  it('are applied, with nothing but their number on stdout', async () => {
    expect((await cli('history')).stderr).toContain('sallyport apply FILE');
    const first = await cli('apply', 'one.yaml', '-m', 'the first');
    expect(first).toEqual({ code: 0, stdout: '1\n', stderr: 'revision 1 is in force on every live instance\n' });
    expect(await cli('apply', 'one.yaml')).toEqual({ code: 0, stdout: '1\n', stderr: 'nothing changes; revision 1 stays in force\n' });
    expect((await cli('apply', 'one.yaml', '--force', '-m', 'again')).stdout).toBe('2\n');
  });

  it('are not made of a file that does not check', async () => {
    const { code, stdout, stderr } = await cli('apply', 'bad.yaml');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('bad.yaml:10:');
    expect(JSON.parse((await cli('history', '--json')).stdout)).toHaveLength(2);
  });

  it('are compared with a file by what it means and by its text', async () => {
    const { code, stdout } = await cli('diff', 'two.yaml');
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        '~ route orders: auth.scopes',
        '',
        '--- revision 2',
        '+++ two.yaml',
        '@@ -9,4 +9,4 @@',
        '   - id: orders',
        '     match: { path: /orders }',
        '     upstream: orders',
        '-    auth: { any: [ { apiKey: { header: x-api-key } } ], scopes: [orders:read] }',
        '+    auth: { any: [ { apiKey: { header: x-api-key } } ], scopes: [orders:read, orders:list] }',
        '',
      ].join('\n'),
    );
    expect(await cli('diff', 'one.yaml')).toEqual({ code: 0, stdout: '', stderr: 'no difference from revision 2\n' });
    const json = JSON.parse((await cli('diff', 'two.yaml', '--json')).stdout);
    expect(json).toMatchObject({ revision: 2, sourceChanged: true, changes: [{ kind: 'changed', section: 'route', name: 'orders', fields: ['auth.scopes'] }] });
  });

  it('are shown as they were applied, without what the environment put in', async () => {
    const { stdout, stderr } = await cli('show', '1');
    expect(stdout).toBe(samplePolicy('orders:read'));
    expect(stderr).toContain('the first');
    expect((await cli('show', '99')).code).toBe(1);
  });

  it('are rolled back', async () => {
    expect((await cli('apply', 'two.yaml')).stdout).toBe('3\n');
    expect((await cli('rollback', '1', '-m', 'too strict')).stdout).toBe('4\n');
    const { stdout } = await cli('history');
    expect(stdout).toMatch(/^REVISION {2}APPLIED {15}BY {5}MESSAGE\n4 \* +\S+Z {2}admin {2}too strict\n3 /);
  });
});

describe('keys and revocations', () => {
  it('a key is the only thing on stdout when it is made, and is shown never again', async () => {
    const made = await cli('key', 'create', '--consumer', 'acme', '--scopes', 'orders:read,orders:list', '--expires', '30d');
    expect(made.code).toBe(0);
    expect(made.stdout).toMatch(/^sp_[\w-]{43}\n$/);
    const [key] = JSON.parse((await cli('key', 'list', '--json')).stdout) as { id: string; scopes: string[]; expiresAtMs: number }[];
    expect(key).toMatchObject({ consumer: 'acme', scopes: ['orders:read', 'orders:list'] });
    expect(key!.expiresAtMs - Date.now()).toBeGreaterThan(29 * 86_400_000);
    const revoked = await cli('key', 'revoke', key!.id);
    expect([revoked.code, revoked.stdout]).toEqual([0, '']);
    const { stdout } = await cli('key', 'list');
    expect(stdout).toMatch(new RegExp(`${key!.id} {2}acme +orders:read,orders:list .* revoked `));
    expect(stdout).not.toContain(made.stdout.trim());
  });

  it('are refused where they name nobody', async () => {
    const { code, stdout, stderr } = await cli('key', 'create', '--consumer', 'nobody');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe('sallyport: the policy in force has no consumer nobody; it has acme\n');
    expect((await cli('key', 'revoke', 'k_none')).code).toBe(1);
  });

  it('of tokens and subjects are taken one at a time', async () => {
    expect((await cli('revoke', '--token-id', 'jti-1')).code).toBe(0);
    expect((await cli('revoke', '--subject', 'joe')).code).toBe(0);
    expect((await cli('revoke')).code).toBe(2);
    expect((await cli('revoke', '--subject', 'joe', '--token-id', 'x')).code).toBe(2);
  });
});

describe('events', () => {
  it('are printed for people and for programs', async () => {
    const { stdout } = await eventually(async () => {
      const answer = await cli('events', '--type', 'control.subject_revoked', '--since', '10m');
      expect(answer.stdout).not.toBe('');
      return answer;
    });
    expect(stdout).toMatch(/^\d{4}-\S+Z Informational control\.subject_revoked by=admin All tokens of a subject/);
    const lines = (await cli('events', '--json', '--limit', '3')).stdout.trim().split('\n').map((line) => JSON.parse(line));
    expect(lines.map(({ specversion }) => specversion)).toEqual(['1.0', '1.0', '1.0']);
    const wrong = await cli('events', '--type', 'auth');
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('auth.>')]);
  });
});

describe('sql', () => {
  it('prints rows with their names where nobody watches, and any format on demand', async () => {
    expect(await cli('sql', 'SELECT 1 AS a, 2 AS b')).toEqual({ code: 0, stdout: 'a\tb\n1\t2\n', stderr: '' });
    expect((await cli('sql', 'SELECT 1 AS a', '--format', 'JSONEachRow')).stdout).toBe('{"a":1}\n');
    const piped = await runCli(['sql', '-', '--data', stack.dir], { cwd: dir, input: 'SELECT 3 AS a\n' });
    expect(piped.stdout).toBe('a\n3\n');
  });

  it('ends with 1 and what ClickHouse says', async () => {
    const { code, stdout, stderr } = await cli('sql', 'SELEC 1');
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/^sallyport: Code: 62\. DB::Exception: Syntax error/)]);
    expect((await cli('sql', 'DROP TABLE requests')).code).toBe(1);
  });
});

describe('explain', () => {
  it('tells which stage denied a request, by which rule, and how long each took', async () => {
    await eventually(() =>
      stack.insertRows('requests', [
        {
          ts: (requestMs / 1000).toFixed(3), request_id: requestId, revision: 1, route: 'orders', method: 'GET', path_template: '/orders', status: 403,
          decision: 'deny', stage: 'auth', reason: 'scope_missing', consumer: 'acme', credential_kind: 'apiKey', credential_id: 'k_1',
          client_ip: '192.0.2.1\u001b[2J', total_us: 900, auth_us: 300,
        },
      ]),
    );
    const { code, stdout } = await cli('explain', requestId.toUpperCase());
    expect(code).toBe(0);
    expect(stdout).toContain('GET /orders → 403  denied by auth: scope_missing (The credential lacks a required scope)\n');
    expect(stdout).toMatch(/\nrevision {4}1, applied \S+ by admin: the first\n/);
    expect(stdout).toMatch(/\nauth {8}DENIED {7}0\.30 ms {3}scope_missing\n +asks for an API key in header x-api-key\n +needs the scopes orders:read\n/);
    expect(stdout).toMatch(/\nquota {7}not reached\n/);
    expect(stdout).not.toContain('\u001b');
    expect(JSON.parse((await cli('explain', requestId, '--json')).stdout).stages).toHaveLength(5);
  });

  it('refuses what is no request', async () => {
    expect((await cli('explain', 'abc')).code).toBe(2);
    expect(await cli('explain', '01900000-0000-7000-8000-0000000000ff')).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('status', () => {
  it('lists instances and what is missing', async () => {
    const { code, stdout } = await cli('status');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^revision 4, not ready\n {2}no live instance of ingress/);
    expect(stdout).toMatch(/\ncontrol +[0-9a-f]+ +\d+ +\S+.* - +ok\n/);
    expect(JSON.parse((await cli('status', '--json')).stdout)).toMatchObject({ revision: 4, ready: false });
  });
});

describe('the gateway is found', () => {
  it('by flags over the environment over the data directory', async () => {
    const here = join(dir, 'found');
    mkdirSync(join(here, '.sallyport'), { recursive: true });
    writeFileSync(join(here, '.sallyport', 'admin.json'), JSON.stringify({ url: adminUrl, token: stack.token }));
    const wrong = { SALLYPORT_ADMIN: 'http://127.0.0.1:9', SALLYPORT_TOKEN: 'wrong' };
    expect((await runCli(['history'], { cwd: here })).code).toBe(0);
    expect((await runCli(['history'], { cwd: here, env: wrong })).code).toBe(3);
    expect((await runCli(['history'], { cwd: here, env: { SALLYPORT_TOKEN: 'wrong' } })).code).toBe(1);
    expect((await runCli(['history', '--admin', `${adminUrl}/`, '--token', stack.token], { cwd: here, env: wrong })).code).toBe(0);
    expect((await runCli(['history'], { cwd: here, env: { SALLYPORT_ADMIN: '', SALLYPORT_TOKEN: '' } })).code).toBe(0);
  });

  it('and its token is sent nowhere else', async () => {
    let authorization: string | undefined;
    const other = createServer((request, response) => {
      authorization = request.headers.authorization;
      response.end('hello');
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    expect((await cli('history', '--admin', url)).code).toBe(2);
    expect(authorization).toBeUndefined();
    const stranger = await cli('history', '--admin', url, '--token', 'x');
    expect([stranger.code, stranger.stderr]).toEqual([3, `sallyport: what answers at ${url} is not Sallyport's admin API\n`]);
    other.close();
  });

  it('or not, and then it is said what to do', async () => {
    const nowhere = await run(['status', '--data', join(dir, 'nowhere')]);
    expect([nowhere.code, nowhere.stdout]).toEqual([3, '']);
    expect(nowhere.stderr).toContain('sallyport up');
    expect((await run(['status', '--admin', 'http://127.0.0.1:9', '--token', 'x'])).code).toBe(3);
  });
});
