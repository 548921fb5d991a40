import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliRun, runCli } from './testing/run-cli.js';
import { samplePolicy } from './testing/sample-policy.js';

const dir = mkdtempSync(join(tmpdir(), 'sallyport-check-'));

function write(name: string, text: string): void {
  writeFileSync(join(dir, name), text);
}

function run(args: readonly string[]): Promise<CliRun> {
  return runCli(args, { cwd: dir, env: { TARGET: 'http://127.0.0.1:7001' } });
}

beforeAll(() => {
  write('one.yaml', samplePolicy('orders:read'));
  write('bad.yaml', samplePolicy('orders:read').replace('upstream: orders', 'upstream: nowhere').replace('/orders }', '/orders, methds: [GET] }'));
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('check', () => {
  it('is silent on stdout about a good file, without any gateway', async () => {
    expect(await run(['check', 'one.yaml'])).toEqual({ code: 0, stdout: '', stderr: 'one.yaml: good: 1 route, 1 consumer, 1 upstream\n' });
  });

  it('lists all problems with their places, and ends with 1', async () => {
    const { code, stdout, stderr } = await run(['check', 'bad.yaml']);
    expect(code).toBe(1);
    expect(stdout.trim().split('\n')).toEqual([expect.stringMatching(/^bad\.yaml:10:\d+: .*methds/), expect.stringMatching(/^bad\.yaml:11:15: .*nowhere/)]);
    expect(stderr).toBe('bad.yaml: 2 problems\n');
    const json = JSON.parse((await run(['check', '--json', 'bad.yaml'])).stdout);
    expect(json).toEqual([expect.objectContaining({ file: 'bad.yaml', line: 10 }), expect.objectContaining({ line: 11, col: 15 })]);
  });

  it('points at the reference to a contract that cannot be enforced', async () => {
    write('api.yaml', 'openapi: 3.1.0\ninfo: { title: t, version: "1" }\npaths:\n  /orders:\n    get:\n      parameters: [ { name: q, in: query, schema: { type: strin } } ]\n');
    write('contract.yaml', samplePolicy('a').replace('    auth:', '    validate: { openapi: ./api.yaml }\n    auth:'));
    const { code, stdout } = await run(['check', 'contract.yaml']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^contract\.yaml:12:26: routes\[0\]\.validate\.openapi: .* at \/paths\/~1orders\/get\/parameters\/0\/schema/);
  });

  it('names a variable that is missing', async () => {
    const { code, stdout } = await runCli(['check', 'one.yaml'], { cwd: dir });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^one\.yaml:7:\d+: .*TARGET/);
  });
});

describe('usage', () => {
  it.each([[[]], [['nothing']], [['check']], [['history', '--nope']], [['show', 'x']], [['apply', 'a', 'b']], [['key']], [['key', 'create']], [['events', '--limit', '0']]])('%j ends with 2 and no data', async (args) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toBe('');
  });

  it('is explained on stdout, with examples, on demand', async () => {
    const { code, stdout } = await run(['events', '--help']);
    expect([code, stdout]).toEqual([0, expect.stringContaining("$ sallyport events --type 'auth.>' --since 10m")]);
  });
});
