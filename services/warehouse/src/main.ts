import { createLogger } from '@sallyport/observe';
import { readEnvironment } from './read-environment.js';
import { startWarehouse, type Warehouse } from './start-warehouse.js';

const drainMs = 10_000;
/** For statements to end that were cancelled when the drain time was over. */
const giveUpMs = 10_000;
const log = createLogger('warehouse', String(process.pid));

let warehouse: Warehouse;
try {
  const environment = readEnvironment();
  if (environment.recorderPassword === undefined) log.warn('SALLYPORT_RECORDER_PASSWORD_FILE is not set: nobody may write');
  warehouse = await startWarehouse({ ...environment, log });
  log.info({ url: warehouse.url, dir: environment.dir, readers: environment.readers }, 'serving');
} catch (error) {
  process.stderr.write(`warehouse: ${describe(error)}\n`);
  process.exit(1);
}

// The engine must not be torn down under a statement that runs; what was acknowledged is on disk.
process.on('uncaughtException', (error) => {
  log.fatal({ err: error }, 'unexpected error');
  process.kill(process.pid, 'SIGKILL');
});

let stopping = false;
// A supervisor that is gone closes the channel; nobody would stop this process any more.
for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'draining');
    setTimeout(() => {
      log.error('a statement does not end; giving up on it');
      process.kill(process.pid, 'SIGKILL');
    }, drainMs + giveUpMs).unref();
    void warehouse.stop(drainMs).then(() => process.exit(0));
  });
}

process.send?.('ready');

/** What the operator can do about it, in one line. */
function describe(error: unknown): string {
  const { code, address, port, message } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === 'EADDRINUSE') return `${address}:${port} is in use; set CLICKHOUSE_PORT to another port`;
  if (code === 'EACCES' && port !== undefined) return `no permission to listen on ${address}:${port}; set CLICKHOUSE_PORT to a port above 1023`;
  return message ?? String(error);
}
