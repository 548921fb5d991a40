const firstBackoffMs = 1_000;
const longestBackoffMs = 30_000;

/**
 * Passive health of one target, from connection attempts alone: what it answers is its own business. After a failed attempt
 * the target is set aside for 1 s, doubling up to 30 s; then one request may try it, and its outcome decides for all.
 */
export class TargetHealth {
  #failures = 0;
  #asideUntilMs = 0;
  #probeUntilMs = 0;

  get failures(): number {
    return this.#failures;
  }

  /** Whether traffic may go there; `nowMs` is monotonic. */
  admits(nowMs: number): boolean {
    return this.#failures === 0 || (nowMs >= this.#asideUntilMs && nowMs >= this.#probeUntilMs);
  }

  /** To be told when a request is given to it; keeps others away from one that is on trial. */
  chosen(nowMs: number): void {
    // A probe that never reports (its request was cancelled) must not lock the target out for good.
    if (this.#failures > 0) this.#probeUntilMs = nowMs + longestBackoffMs;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(nowMs: number): void {
    // Attempts that began before it was set aside are one outage, not many.
    this.#probeUntilMs = 0;
    if (this.#failures > 0 && nowMs < this.#asideUntilMs) return;
    this.#failures++;
    this.#asideUntilMs = nowMs + Math.min(firstBackoffMs * 2 ** (this.#failures - 1), longestBackoffMs);
  }

  /** When it may be tried again; the lower, the better a last resort. */
  get asideUntilMs(): number {
    return this.#asideUntilMs;
  }
}
