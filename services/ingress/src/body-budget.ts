/**
 * Bounds the memory for bodies that must be kept until they have been read twice. Who cannot be served at once waits its
 * turn; a body larger than the whole budget gets it alone.
 */
export class BodyBudget {
  readonly #capacityBytes: number;
  readonly #waiting: { bytes: number; grant: () => void }[] = [];
  #usedBytes = 0;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  /** Calls `grant` once `bytes` are set aside; the result gives them back, or takes the wish back while it waits. */
  reserve(bytes: number, grant: () => void): () => void {
    let granted = false;
    let released = false;
    const wish = {
      bytes,
      grant: () => {
        granted = true;
        this.#usedBytes += bytes;
        grant();
      },
    };
    this.#waiting.push(wish);
    this.#serve();
    return () => {
      if (released) return;
      released = true;
      if (granted) this.#usedBytes -= bytes;
      else this.#waiting.splice(this.#waiting.indexOf(wish), 1);
      this.#serve();
    };
  }

  #serve(): void {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined) return;
      if (this.#usedBytes > 0 && this.#usedBytes + next.bytes > this.#capacityBytes) return;
      this.#waiting.shift();
      next.grant();
    }
  }
}
