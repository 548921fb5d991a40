/** One choice of a weighted round: `current` belongs to `chooseSmoothly`. */
export interface Weighted {
  readonly weight: number;
  current: number;
}

/**
 * Smooth weighted round robin (nginx's): over any `sum of weights` consecutive calls with the same candidates, each is
 * chosen exactly `weight` times, spread evenly. `admits` leaves candidates out; undefined when none is left.
 */
export function chooseSmoothly<T extends Weighted>(candidates: readonly T[], admits: (candidate: T) => boolean): T | undefined {
  let best: T | undefined;
  let total = 0;
  for (const candidate of candidates) {
    if (candidate.weight <= 0 || !admits(candidate)) continue;
    candidate.current += candidate.weight;
    total += candidate.weight;
    if (best === undefined || candidate.current > best.current) best = candidate;
  }
  if (best !== undefined) best.current -= total;
  return best;
}
