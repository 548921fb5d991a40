import type { Counter } from './counter.js';

interface Sweepable {
  readonly counters: Map<string, Counter>;
  /** Where the walk stands; undefined between two walks. */
  sweep: Iterator<Counter> | undefined;
}

/** Looks at up to `budget` counters, going on where the last call stopped, and drops those that say nothing any more. */
export function sweepExpired(state: Sweepable, nowMs: number, budget: number): { looked: number; dropped: number } {
  state.sweep ??= state.counters.values();
  let looked = 0;
  let dropped = 0;
  while (looked < budget) {
    const next = state.sweep.next();
    if (next.done === true) {
      state.sweep = undefined;
      break;
    }
    looked++;
    const counter = next.value;
    // A dirty one is about to be written; dropping it would lose a refund's or a grant's trace.
    if (counter.expiresAtMs <= nowMs && !counter.dirty) {
      state.counters.delete(counter.key);
      dropped++;
    }
  }
  return { looked, dropped };
}
