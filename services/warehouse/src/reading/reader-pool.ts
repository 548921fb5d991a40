import { Worker } from 'node:worker_threads';
import { ClickHouseException, toClickHouseException } from '../engine/exception.js';
import type { Engine } from '../engine/engine.js';
import type { FromReader, ReaderJob, ReaderThreadData, ReadStatistics, ToReader } from './reader-messages.js';
import type { ReaderLimits } from './reader-settings.js';

/** The answer to a statement, from its first block on. */
export interface ReadAnswer {
  readonly format: string;
  /** Known from the start where the result comes as a whole. */
  readonly statistics: ReadStatistics | undefined;
  /** Yields blocks as fast as they are taken. Throws `ClickHouseException` when the statement fails midway. */
  readonly blocks: AsyncGenerator<Uint8Array, ReadStatistics>;
}

export interface ReaderPool {
  /**
   * Runs a statement and returns at its first block. Throws `ClickHouseException` when it fails before that. When `signal`
   * aborts, or the blocks are not taken to the end, the engine is told to stop.
   */
  run(job: ReaderJob, signal: AbortSignal): Promise<ReadAnswer>;
  /** Statements that run or wait. */
  size(): number;
  /** Waits for what runs, which the caller has aborted or lets finish; then ends the threads. */
  close(): Promise<void>;
}

interface Waiting {
  readonly start: (worker: Worker) => void;
  readonly signal: AbortSignal;
}

/** Statements that may wait for a reader; more are refused at once. */
const maxWaiting = 100;
/** A statement that has not ended this long after it was cancelled is told so again. */
const cancelAgainMs = 250;

/** Starts `readers` threads, each of which runs one statement at a time; further ones wait their turn. */
export function startReaderPool(engine: Engine, readers: number, limits: ReaderLimits): ReaderPool {
  const data: ReaderThreadData = { dir: engine.files.dir, configFile: engine.files.configFile, limits };
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: Waiting[] = [];
  let running = 0;
  let closing = false;
  let quiet: (() => void) | undefined;
  for (let index = 0; index < readers; index += 1) idle.push(startWorker());

  function startWorker(): Worker {
    const worker = new Worker(new URL('./reader-thread.js', import.meta.url), { workerData: data });
    // Queries must not keep a process alive that has nothing else to do.
    worker.unref();
    all.add(worker);
    worker.once('exit', () => {
      all.delete(worker);
      const index = idle.indexOf(worker);
      if (index >= 0) idle.splice(index, 1);
      if (!closing) release(startWorker());
    });
    return worker;
  }

  function release(worker: Worker): void {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (next.signal.aborted) continue;
      next.start(worker);
      return;
    }
    idle.push(worker);
  }

  function acquire(signal: AbortSignal): Promise<Worker> {
    const worker = idle.pop();
    if (worker !== undefined) return Promise.resolve(worker);
    if (waiting.length >= maxWaiting) {
      throw new ClickHouseException(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', `Too many simultaneous queries: ${readers} run and ${maxWaiting} wait.`);
    }
    return new Promise((resolve, reject) => {
      waiting.push({ start: resolve, signal });
      signal.addEventListener('abort', () => reject(cancelled()), { once: true });
    });
  }

  return {
    async run(job, signal) {
      if (signal.aborted) throw cancelled();
      const worker = await acquire(signal);
      running += 1;
      return readAnswer(engine, worker, job, signal, (alive) => {
        running -= 1;
        if (running === 0) quiet?.();
        if (alive) release(worker);
      });
    },
    size: () => running + waiting.length,
    async close() {
      closing = true;
      // A thread that ends under a running statement takes the engine with it.
      if (running > 0) await new Promise<void>((resolve) => (quiet = resolve));
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

async function readAnswer(engine: Engine, worker: Worker, job: ReaderJob, signal: AbortSignal, ended: (alive: boolean) => void): Promise<ReadAnswer> {
  const inbox: FromReader[] = [];
  let wake: (() => void) | undefined;
  let over = false;
  let cancelTimer: NodeJS.Timeout | undefined;

  const post = (message: ToReader) => worker.postMessage(message);
  const finish = (alive: boolean) => {
    if (over) return;
    over = true;
    clearInterval(cancelTimer);
    signal.removeEventListener('abort', cancel);
    worker.off('message', receive);
    worker.off('exit', die);
    ended(alive);
  };
  const receive = (message: FromReader) => {
    inbox.push(message);
    if (message.kind === 'end' || message.kind === 'failed') finish(true);
    wake?.();
  };
  const die = () => {
    inbox.push({ kind: 'failed', message: new ClickHouseException(1002, 'UNKNOWN_EXCEPTION', 'The reader thread ended.').message });
    finish(false);
    wake?.();
  };
  const cancel = () => {
    if (over || cancelTimer !== undefined) return;
    post({ kind: 'cancel' });
    engine.cancel(job.id);
    cancelTimer = setInterval(() => engine.cancel(job.id), cancelAgainMs);
  };
  const next = async (): Promise<FromReader> => {
    for (;;) {
      const message = inbox.shift();
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };

  worker.on('message', receive);
  worker.once('exit', die);
  signal.addEventListener('abort', cancel, { once: true });
  post({ kind: 'run', job });

  const head = await next();
  if (head.kind === 'failed') throw toClickHouseException(new Error(head.message));
  if (head.kind !== 'head') throw new Error(`a reader began with ${head.kind}`);

  async function* blocks(): AsyncGenerator<Uint8Array, ReadStatistics> {
    try {
      for (;;) {
        const message = await next();
        if (message.kind === 'end') return message.statistics;
        if (message.kind === 'failed') throw toClickHouseException(new Error(message.message));
        if (message.kind !== 'block') continue;
        yield message.bytes;
        if (!over) post({ kind: 'taken' });
      }
    } finally {
      cancel();
    }
  }
  return { format: head.format, statistics: head.statistics, blocks: blocks() };
}

function cancelled(): ClickHouseException {
  return new ClickHouseException(394, 'QUERY_WAS_CANCELLED', 'Query was cancelled.');
}
