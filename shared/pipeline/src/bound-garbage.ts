import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Chunks of bodies that may be thrown away before their memory is taken back. */
const garbageBytes = 8 * 1024 * 1024;
/** The same for bodies put together whole: what is made of them takes several times their size. */
const wholeGarbageBytes = 2 * 1024 * 1024;

type Collect = (options: { readonly type: 'minor' | 'major' }) => void;

let collect: Collect | undefined;
let streamedBytes = 0;
let wholeBytes = 0;

/**
 * Counts bytes of bodies that pass through. V8 lets some hundred megabytes of dead buffers pile up before it looks at them;
 * a young collection every 8 MiB, well under a millisecond each, keeps a process that streams as small as one that does not.
 */
export function countStreamed(bytes: number): void {
  streamedBytes += bytes;
  if (streamedBytes < garbageBytes) return;
  streamedBytes = 0;
  collect ??= exposeCollect();
  collect({ type: 'minor' });
}

/**
 * Counts bytes of bodies that were put together whole. Text and values are made of them, large enough to be old at once, so
 * that only a full collection takes them back: some ten milliseconds for bodies that take a hundred to read.
 */
export function countWhole(bytes: number): void {
  wholeBytes += bytes;
  if (wholeBytes < wholeGarbageBytes) return;
  wholeBytes = 0;
  collect ??= exposeCollect();
  collect({ type: 'major' });
}

function exposeCollect(): Collect {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collect;
}
