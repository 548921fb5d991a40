import { chooseSmoothly, type Weighted } from './smooth-weighted.js';
import type { TargetPool } from './target-pool.js';

/** One target of one upstream of one revision. */
export interface Target extends Weighted {
  readonly pool: TargetPool;
}

/**
 * The next target by weight, leaving out those in `tried` and those set aside. When all others are set aside, the one whose
 * time is up first: a wrong guess costs one refused connection, no guess costs the request. Undefined when all were tried.
 */
export function chooseTarget(targets: readonly Target[], tried: readonly Target[], nowMs: number): Target | undefined {
  const target = chooseSmoothly(targets, (candidate) => !tried.includes(candidate) && candidate.pool.health.admits(nowMs));
  if (target !== undefined) {
    target.pool.health.chosen(nowMs);
    return target;
  }
  let best: Target | undefined;
  for (const candidate of targets) {
    if (candidate.weight <= 0 || tried.includes(candidate)) continue;
    if (best === undefined || candidate.pool.health.asideUntilMs < best.pool.health.asideUntilMs) best = candidate;
  }
  return best;
}
