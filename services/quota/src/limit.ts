import type { QuotaPeriod } from '@sallyport/policy';

/** How many requests may pass, evenly spread: GCRA, kept as a leaky bucket whose level is an exact integer. */
export interface RateLimit {
  readonly kind: 'rate';
  /** Unique among the limits of a request; printable ASCII, as it names the policy in `RateLimit`. */
  readonly name: string;
  readonly permits: number;
  readonly periodMs: number;
  readonly burst: number;
}

/** How many requests may pass in each calendar window (UTC). */
export interface QuotaLimit {
  readonly kind: 'quota';
  readonly name: string;
  readonly amount: number;
  readonly period: QuotaPeriod;
}

export type Limit = RateLimit | QuotaLimit;

/** One limit as it applies to one request: whose counter, where it lives, and how much is to be taken. */
export interface LimitUse {
  readonly key: string;
  readonly partition: number;
  readonly limit: Limit;
  /** Positive integer. */
  readonly cost: number;
  /** Whether anybody can make up subjects of this kind (addresses, tokens), rather than the policy listing them. */
  readonly open: boolean;
}

/** The largest level and count that stay exact: products and sums of a judgement remain below 2^53. */
const MAX_EXACT = 2 ** 51;

/** Throws where a limit could not be counted exactly. */
export function assertExact(limit: Limit): void {
  const numbers = limit.kind === 'rate' ? [limit.permits, limit.periodMs, limit.burst] : [limit.amount];
  const largest = limit.kind === 'rate' ? limit.burst * limit.periodMs : limit.amount;
  if (numbers.some((n) => !Number.isSafeInteger(n) || n < (limit.kind === 'quota' ? 0 : 1)) || largest > MAX_EXACT) {
    throw new RangeError(`limit ${limit.name} cannot be counted exactly: burst × period or amount must be at most 2^51`);
  }
}
