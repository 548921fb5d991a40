/**
 * Hands chunks on to a reader that may pause. Strict: nothing between a pause and its resume. What had been read by then (one
 * read of the socket, at most) is kept.
 */
export class AnswerFlow {
  readonly #read: (chunk: Buffer) => boolean;
  #paused = false;
  #offering = false;
  #resumed = false;
  #kept: Buffer[] | undefined;

  /** `read` returns false to pause; it may call `resume` and `close` itself. */
  constructor(read: (chunk: Buffer) => boolean) {
    this.#read = read;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Returns whether the reader takes more. */
  offer(chunk: Buffer): boolean {
    if (this.#paused) {
      (this.#kept ??= []).push(chunk);
      return false;
    }
    this.#offering = true;
    this.#resumed = false;
    const more = this.#read(chunk);
    this.#offering = false;
    this.#paused = !more && !this.#resumed;
    return !this.#paused;
  }

  /** Hands on what was kept. Returns whether that, and with it the pause, is over; false when there was none. */
  resume(): boolean {
    if (this.#offering) this.#resumed = true;
    if (!this.#paused) return false;
    this.#paused = false;
    for (let chunk = this.#kept?.shift(); chunk !== undefined; chunk = this.#kept?.shift()) {
      if (!this.offer(chunk)) return false;
    }
    return true;
  }

  /** Forgets what was kept. */
  close(): void {
    this.#kept = undefined;
  }
}
