import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface WarehouseEnvironment {
  readonly dir: string;
  readonly host: string;
  readonly port: number;
  readonly recorderPassword: string | undefined;
  readonly readers: number;
}

/**
 * `SALLYPORT_DATA_DIR` (the engine's files go into `warehouse` below it), `CLICKHOUSE_PORT`, `SALLYPORT_WAREHOUSE_HOST`,
 * `SALLYPORT_RECORDER_PASSWORD_FILE`, `UV_THREADPOOL_SIZE`. Throws with the name of the variable that is wrong.
 */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): WarehouseEnvironment {
  const passwordFile = env['SALLYPORT_RECORDER_PASSWORD_FILE'];
  return {
    dir: join(env['SALLYPORT_DATA_DIR'] || '.sallyport', 'warehouse'),
    host: env['SALLYPORT_WAREHOUSE_HOST'] || '127.0.0.1',
    port: readPort(env['CLICKHOUSE_PORT'] || '8123'),
    recorderPassword: passwordFile === undefined || passwordFile === '' ? undefined : readPassword(passwordFile),
    readers: chooseReaders(Number(env['UV_THREADPOOL_SIZE'] || 4)),
  };
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new Error(`CLICKHOUSE_PORT is not a port: ${text}`);
}

function readPassword(file: string): string {
  let password: string;
  try {
    password = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Error(`SALLYPORT_RECORDER_PASSWORD_FILE cannot be read: ${(error as Error).message}`, { cause: error });
  }
  if (password === '') throw new Error(`SALLYPORT_RECORDER_PASSWORD_FILE is empty: ${file}`);
  return password;
}

/** A running statement holds a thread of the pool, whose size is fixed when the process starts; one is left to the writer. */
export function chooseReaders(poolThreads: number): number {
  return Math.max(1, Math.min(8, (Number.isInteger(poolThreads) && poolThreads > 0 ? poolThreads : 4) - 1));
}
