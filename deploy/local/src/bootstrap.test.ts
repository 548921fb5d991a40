import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface Host {
  readonly platform: string;
  readonly arch: string;
  readonly node: string;
  readonly abi: number;
  readonly glibc?: string;
}
interface LockedPackage {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

// The bootstrap is plain JavaScript, since it has to run before there is a compiler.
const locate = (file: string): string => new URL(`../${file}`, import.meta.url).href;
const { checkPlatform } = (await import(locate('bootstrap/check-platform.mjs'))) as { checkPlatform: (host: Host) => void };
const { isStale } = (await import(locate('bootstrap/install-packages.mjs'))) as { isStale: (root: string) => boolean };

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'sallyport-bootstrap-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

test('an unknown mode is a usage error', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(locate('bootstrap.mjs')), 'stop'], { encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toBe('usage: node deploy/local/bootstrap.mjs setup|start|test|bench [arguments]\n');
});

describe('the platform', () => {
  const debian12: Host = { platform: 'linux', arch: 'x64', node: '20.20.2', abi: 115, glibc: '2.36' };

  test.each<[string, Partial<Host>]>([
    ['Debian 12 with Node 20', {}],
    ['Debian 13 with Node 22', { abi: 127, glibc: '2.41' }],
    ['Ubuntu 24.04 with Node 24 on arm64', { arch: 'arm64', abi: 137, glibc: '2.39' }],
    ['glibc 2.100', { abi: 137, glibc: '2.100' }],
  ])('%s is served', (_name, difference) => {
    expect(() => checkPlatform({ ...debian12, ...difference })).not.toThrow();
  });

  test('macOS is served', () => {
    expect(() => checkPlatform({ platform: 'darwin', arch: 'arm64', node: '22.20.0', abi: 127 })).not.toThrow();
  });

  test.each<[string, Host, RegExp]>([
    ['Debian 12 with Node 22', { ...debian12, node: '22.20.0', abi: 127 }, /needs glibc 2\.38; this system has 2\.36\. Use Node 20/],
    ['Debian 11', { ...debian12, glibc: '2.31' }, /glibc 2\.36 or later; this system has 2\.31/],
    ['Alpine', { platform: 'linux', arch: 'x64', node: '20.20.2', abi: 115 }, /another C library \(Alpine\?\)/],
    ['Windows', { ...debian12, platform: 'win32' }, /use WSL 2/],
    ['a 32 bit system', { ...debian12, arch: 'arm' }, /this is linux on arm/],
    ['an odd Node', { ...debian12, node: '23.1.0', abi: 131 }, /no binary for Node 23\.1\.0\. Use Node 20, 22, 24, 25/],
  ])('%s gets a clear word', (_name, host, message) => {
    expect(() => checkPlatform(host)).toThrow(message);
  });
});

describe('npm packages', () => {
  test('are stale when one is missing or differs, and not for what was left out on purpose', () => {
    const root = join(scratch, 'stale');
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    const write = (file: string, packages: object): void => writeFileSync(join(root, file), JSON.stringify({ packages }));
    const one = { version: '1.0.0', integrity: 'sha512-one' };

    write('package-lock.json', {
      '': { name: 'root' },
      'services/auth': { version: '0.1.0' },
      'node_modules/one': one,
      'node_modules/binary-for-another-platform': { version: '1.0.0', optional: true },
      'node_modules/@sallyport/gone': { resolved: 'services/gone', link: true },
    });
    expect(isStale(root)).toBe(true);
    write('node_modules/.package-lock.json', { 'node_modules/one': one, 'node_modules/extra': one });
    expect(isStale(root)).toBe(false);
    write('node_modules/.package-lock.json', { 'node_modules/one': { ...one, integrity: 'sha512-two' } });
    expect(isStale(root)).toBe(true);
    write('node_modules/.package-lock.json', {});
    expect(isStale(root)).toBe(true);
  });

  test("the lock names every platform's binaries, or npm ci would refuse it there", () => {
    const { packages } = JSON.parse(readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8')) as {
      packages: Readonly<Record<string, LockedPackage>>;
    };
    const missing = Object.entries(packages)
      .flatMap(([path, { optionalDependencies = {} }]) => Object.keys(optionalDependencies).map((name) => [path, name] as const))
      .filter(([path, name]) => packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined);
    expect(missing).toEqual([]);
  });
});

describe('the program behind it', () => {
  // Says which signals it got 700 ms after the first, so that a repetition would show.
  const program = `
    const signals = [];
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {
      if (signals.push(signal) === 1) setTimeout(() => { console.log(signals.join()); process.exit(7); }, 700);
    });
    setInterval(() => {}, 1000);
    console.log('ready', process.pid);`;
  const parent = `
    import { runToEnd } from ${JSON.stringify(locate('bootstrap/run-to-end.mjs'))};
    process.exitCode = await runToEnd(process.execPath, ['-e', process.argv[1]], '.', process.env);`;

  const start = async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', parent, program], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    await expect.poll(() => output, { timeout: 5_000 }).toMatch(/ready \d+\n/);
    return { child, read: () => output };
  };

  test('gets a repeated signal once, finishes, and its exit code is ours', async () => {
    const { child, read } = await start();
    child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 30));
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([7, null]);
    expect(read().split('\n')[1]).toBe('SIGINT');
  });

  test('is told to stop when a terminal closes', async () => {
    const { child, read } = await start();
    child.kill('SIGHUP');
    await once(child, 'close');
    expect(read().split('\n')[1]).toBe('SIGTERM');
  });

  test('is told to stop even if the bootstrap is killed', async () => {
    const { child, read } = await start();
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(read().split('\n')[1]).toBe('SIGTERM');
  });

  test('reports a program that ends by a signal as a shell does', async () => {
    const { child, read } = await start();
    process.kill(Number(/\d+/.exec(read())?.[0]), 'SIGKILL');
    expect(await once(child, 'close')).toEqual([137, null]);
  });
});
