import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Chunks of bodies that may be thrown away before their memory is taken back. */
const garbageBytes = 8 * 1024 * 1024;

type Collect = (options: { readonly type: 'minor' }) => void;

let collect: Collect | undefined;
let streamedBytes = 0;

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

function exposeCollect(): Collect {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collect;
}
