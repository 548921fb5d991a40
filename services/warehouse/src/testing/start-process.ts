import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const recorderPassword = 'recorder-password-of-the-tests';

/** A warehouse in a process of its own, as it is run in earnest. */
export interface WarehouseProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Sends the signal and resolves to exit code and signal. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  rssBytes(): number;
}

/** A data directory that `remove` takes away. */
export function makeDataDir(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'sallyport-warehouse-'));
  writeFileSync(join(path, 'recorder.password'), recorderPassword + '\n', { mode: 0o600 });
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export function spawnWarehouse(dataDir: string, env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [main], {
    env: {
      ...process.env,
      SALLYPORT_DATA_DIR: dataDir,
      CLICKHOUSE_PORT: '0',
      SALLYPORT_RECORDER_PASSWORD_FILE: join(dataDir, 'recorder.password'),
      ...env,
    },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
}

/** Starts a warehouse and waits until it serves. */
export async function startProcess(dataDir: string, env: Record<string, string> = {}): Promise<WarehouseProcess> {
  const child = spawnWarehouse(dataDir, env);
  const exited = once(child, 'exit').then(([code, signal]) => ({ code: code as number | null, signal: signal as NodeJS.Signals | null }));
  const seen: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr! }).on('line', (line) => {
      seen.push(line);
      const found = /"url":"([^"]+)"/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    void exited.then(({ code }) => reject(new Error(`the warehouse ended with ${code}:\n${seen.join('\n')}`)));
  });
  return {
    url,
    child,
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return exited;
    },
    rssBytes: () => readRssBytes(child.pid!),
  };
}

function readRssBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}
