import { parentPort, workerData } from 'node:worker_threads';
import { ClickHouseException, toClickHouseException } from '../engine/exception.js';
import { loadNativeEngine } from '../engine/native.js';
import type { FromReader, ReaderThreadData, ToReader } from './reader-messages.js';
import { runReaderJob } from './run-reader-job.js';

// Planning a query runs on the calling thread, and can take as long as the query; so each reader has a thread.

const port = parentPort;
if (port === null) throw new Error('reader-thread is started by the reader pool');
const thread = workerData as ReaderThreadData;
const native = loadNativeEngine();

/** Blocks that may be under way to the client before the next one is asked of the engine. */
const blocksUnderWay = 4;

let untaken = 0;
let cancelled = false;
let resume: (() => void) | undefined;

async function send(message: FromReader): Promise<boolean> {
  if (cancelled) return false;
  if (message.kind !== 'block') {
    port!.postMessage(message);
    return true;
  }
  // A copy of its own can be handed over; the engine's buffer may be a part of a larger one.
  const bytes = new Uint8Array(message.bytes);
  port!.postMessage({ kind: 'block', bytes }, [bytes.buffer]);
  untaken += 1;
  while (untaken >= blocksUnderWay && !cancelled) await new Promise<void>((resolve) => (resume = resolve));
  return !cancelled;
}

port.on('message', (message: ToReader) => {
  if (message.kind === 'taken') untaken -= 1;
  else if (message.kind === 'cancel') cancelled = true;
  else void run(message);
  resume?.();
});

async function run({ job }: Extract<ToReader, { kind: 'run' }>): Promise<void> {
  untaken = 0;
  cancelled = false;
  try {
    await runReaderJob(native, thread, job, { send });
    if (cancelled) fail(new ClickHouseException(394, 'QUERY_WAS_CANCELLED', 'Query was cancelled.'));
  } catch (thrown) {
    fail(toClickHouseException(thrown));
  }
}

function fail(exception: ClickHouseException): void {
  port!.postMessage({ kind: 'failed', message: exception.message } satisfies FromReader);
}
