import { availableParallelism, totalmem } from 'node:os';
import type { AddressInfo } from 'node:net';
import type { Logger } from '@sallyport/observe';
import { chooseMemoryLimits } from './engine/memory-limits.js';
import { openEngine } from './engine/engine.js';
import { createWarehouseServer } from './http/serve.js';
import { digestPassword } from './http/authenticate.js';
import { chooseReaderLimits } from './reading/reader-settings.js';
import { startReaderPool } from './reading/reader-pool.js';
import { startWriter } from './writing/writer.js';

export interface WarehouseOptions {
  /** Directory of the engine alone. */
  readonly dir: string;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Without one nobody may write. */
  readonly recorderPassword: string | undefined;
  /** Statements of readers that run at once. */
  readonly readers: number;
  readonly log: Logger;
}

export interface Warehouse {
  readonly url: string;
  /** Takes no more requests, lets those in flight finish for up to `drainMs`, then closes the engine. */
  stop(drainMs: number): Promise<void>;
}

/** Opens the engine and serves it. Throws `EngineUnavailableError`, or the error of `listen`. */
export async function startWarehouse(options: WarehouseOptions): Promise<Warehouse> {
  // Results and `now()` are to read the same on every machine; the engine takes its time zone from here.
  process.env['TZ'] = 'UTC';
  const memory = chooseMemoryLimits(totalmem(), options.readers);
  const limits = chooseReaderLimits(memory.readerBytes, availableParallelism());
  const engine = openEngine(options.dir, memory.engineBytes);
  const writer = startWriter(engine);
  const readers = startReaderPool(engine, options.readers, limits);
  const server = createWarehouseServer({
    readers,
    writer,
    limits,
    spoolDir: engine.files.spoolDir,
    engineVersion: engine.version,
    recorderDigest: options.recorderPassword === undefined ? undefined : digestPassword(options.recorderPassword),
    loopbackOnly: options.host === '127.0.0.1' || options.host === '::1' || options.host === 'localhost',
    log: options.log,
  });

  const closeEngine = async () => {
    await readers.close();
    await writer.close();
    engine.close();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, options.host, resolve);
    });
  } catch (error) {
    await closeEngine();
    throw error;
  }
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    async stop(drainMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A connection that was busy becomes idle later.
      const idleTimer = setInterval(() => server.closeIdleConnections(), 50);
      const drainTimer = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearInterval(idleTimer);
      clearTimeout(drainTimer);
      await closeEngine();
    },
  };
}
