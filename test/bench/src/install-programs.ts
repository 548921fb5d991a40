import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

// Debian keeps daemons where only root's PATH looks.
const extraDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
const installTimeoutMs = 180_000;

/** Extends this process's PATH with the directories of daemons. */
export function extendPath(): void {
  const known = (process.env['PATH'] ?? '').split(delimiter);
  process.env['PATH'] = [...known, ...extraDirectories.filter((directory) => !known.includes(directory))].join(delimiter);
}

/** The programs of `names` that are not on the PATH. */
export function findMissing(names: readonly string[]): string[] {
  return names.filter((name) => !isOnPath(name));
}

/** Installs `names` with apt or brew where one of them can be used without asking; resolves to those that are still missing. */
export function installPrograms(names: readonly string[], report: (line: string) => void): string[] {
  const missing = findMissing(names);
  if (missing.length === 0) return [];
  if (isOnPath('apt-get') && process.getuid?.() === 0) {
    report(`installing ${missing.join(', ')} with apt-get`);
    // A daemon that starts itself would take ports and CPU.
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const run = (...args: string[]) => spawnSync('apt-get', ['-qq', ...args], { env: environment, timeout: installTimeoutMs });
    if (run('install', '-y', '--no-install-recommends', ...missing).status !== 0) {
      run('update');
      run('install', '-y', '--no-install-recommends', ...missing);
    }
  } else if (isOnPath('brew')) {
    report(`installing ${missing.join(', ')} with brew`);
    spawnSync('brew', ['install', '--quiet', ...missing], { timeout: installTimeoutMs });
  }
  return findMissing(missing);
}

function isOnPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
