const mebibyte = 1024 * 1024;

/** Bytes that the engine may take, so that no query starves the inserts or the machine. */
export interface MemoryLimits {
  readonly engineBytes: number;
  readonly readerBytes: number;
}

/** Half of the machine for the engine at most; readers together leave a share of that to inserts and merges. */
export function chooseMemoryLimits(machineBytes: number, readers: number): MemoryLimits {
  const engineBytes = Math.max(1024 * mebibyte, Math.floor(machineBytes / 2));
  const readerBytes = Math.min(2048 * mebibyte, Math.max(128 * mebibyte, Math.floor(engineBytes / (readers + 2))));
  return { engineBytes, readerBytes };
}
