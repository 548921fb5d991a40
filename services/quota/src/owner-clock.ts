/**
 * The clock counters are judged by, in whole milliseconds since 1970. It never runs backwards: it follows the wall clock when
 * that is ahead, and runs at 7/8 of its speed while that is behind. `raise` carries it over from an earlier owner.
 */
export class OwnerClock {
  readonly #wallMs: () => number;
  readonly #monotonicMs: () => number;
  #nowMs: number;
  #readAtMs: number;

  constructor(wallMs: () => number = Date.now, monotonicMs: () => number = monotonicNow) {
    this.#wallMs = wallMs;
    this.#monotonicMs = monotonicMs;
    this.#nowMs = wallMs();
    this.#readAtMs = monotonicMs();
  }

  now(): number {
    const monotonicMs = this.#monotonicMs();
    const slowedMs = this.#nowMs + (monotonicMs - this.#readAtMs) * 0.875;
    this.#nowMs = Math.max(this.#wallMs(), slowedMs);
    this.#readAtMs = monotonicMs;
    return Math.floor(this.#nowMs);
  }

  /** From now on the clock shows at least `atLeastMs`. */
  raise(atLeastMs: number): void {
    this.now();
    this.#nowMs = Math.max(this.#nowMs, atLeastMs);
  }
}

/** Milliseconds of this process's monotonic clock; comes to nothing across processes. */
export function monotonicNow(): number {
  return performance.now();
}
