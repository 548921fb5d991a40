export type ChunkHandler = (chunk: Uint8Array, last: boolean) => void;

/** Whatever makes bytes arrive, or not. */
export interface Source {
  setReading(wanted: boolean): void;
}

const nothing = new Uint8Array(0);

/**
 * A request body between a source that delivers when it likes and a reader that takes when it can: what arrives early
 * or while paused is kept, in order, and the source is stopped.
 */
export class RequestBody {
  /** All bytes have arrived; they need not have been read. */
  complete = false;
  receivedBytes = 0;
  keptBytes = 0;
  readonly #source: Source;
  #paused = false;
  #reader: ChunkHandler | undefined = undefined;
  #kept: Uint8Array[] = [];
  #lastGiven = false;
  #checkedAtMs: number;
  #checkedBytes = 0;

  constructor(source: Source, nowMs: number) {
    this.#source = source;
    this.#checkedAtMs = nowMs;
  }

  /** Takes bytes that are valid only during the call. */
  push(bytes: Uint8Array, last: boolean): void {
    this.receivedBytes += bytes.byteLength;
    this.complete = last;
    if (this.#isRead && this.#kept.length === 0) {
      if (last || bytes.byteLength > 0) this.#give(bytes, last);
    } else if (bytes.byteLength > 0) {
      this.keptBytes += bytes.byteLength;
      this.#kept.push(new Uint8Array(bytes));
    }
    this.follow();
  }

  read(reader: ChunkHandler): void {
    if (this.#reader !== undefined) throw new Error('the body of a request can be read only once');
    this.#reader = reader;
    this.#release();
  }

  pause(): void {
    if (this.#reader === drop) return;
    this.#paused = true;
    this.follow();
  }

  resume(): void {
    this.#paused = false;
    this.#release();
  }

  /** Nobody reads any more: what is kept is freed, and what still comes is dropped. */
  discard(): void {
    this.#reader = drop;
    this.#paused = false;
    this.#lastGiven = true;
    this.#kept = [];
    this.keptBytes = 0;
  }

  /** Tells the source again whether bytes are wanted. */
  follow(): void {
    if (!this.complete) this.#source.setReading(this.#isRead);
  }

  /** Whether more time is due: nobody reads, or so many bytes a second arrived since this was last true. */
  isOnTime(bytesPerS: number, nowMs: number): boolean {
    if (this.complete) return false;
    const dueBytes = ((nowMs - this.#checkedAtMs) / 1_000) * bytesPerS;
    if (this.#isRead && this.receivedBytes - this.#checkedBytes < dueBytes) return false;
    this.#checkedAtMs = nowMs;
    this.#checkedBytes = this.receivedBytes;
    return true;
  }

  get #isRead(): boolean {
    return this.#reader !== undefined && !this.#paused;
  }

  #release(): void {
    while (this.#isRead && this.#kept.length > 0) {
      const chunk = this.#kept.shift()!;
      this.keptBytes -= chunk.byteLength;
      this.#give(chunk, this.complete && this.#kept.length === 0);
    }
    if (this.#isRead && this.complete && !this.#lastGiven) this.#give(nothing, true);
    this.follow();
  }

  #give(chunk: Uint8Array, last: boolean): void {
    if (last) this.#lastGiven = true;
    this.#reader!(chunk, last);
  }
}

function drop(): void {}
