import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Thrown for what the operator has to mend; its message is all that is shown. */
export class UpError extends Error {}

/** Keeps a second `up` off the same data directory. The lock of a process that is gone is taken over. */
export function lockDataDir(path: string): () => void {
  const file = join(path, 'up.pid');
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const pid = Number(readFileSync(file, 'utf8'));
      if (isAlive(pid) && commandOf(pid).includes('sallyport')) {
        throw new UpError(`another sallyport (pid ${pid}) already runs on ${path}; stop it, or give --data another directory`);
      }
      rmSync(file, { force: true });
    }
  }
  throw new UpError(`cannot lock ${path}`);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The command line of a process; where it cannot be read, a live process is taken to be ours. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return 'sallyport';
  }
}
