import { calendarWindow } from './calendar-window.js';
import type { LimitState } from './counter.js';
import type { Limit } from './limit.js';

/** The two response fields of draft-ietf-httpapi-ratelimit-headers (as of -10): structured-field lists, one item a limit. */
export interface RateLimitFields {
  readonly ratelimit: string;
  readonly 'ratelimit-policy': string;
}

/**
 * Says what limits there are and what is left of them. A rate's quota is its burst and its window the time to refill it, so
 * that `r` never exceeds `q`; `t` of a refused limit is the wait that `Retry-After` rounds up.
 */
export function ratelimitFields(limits: readonly Limit[], states: readonly LimitState[], nowMs: number): RateLimitFields {
  let ratelimit = '';
  let policy = '';
  for (let i = 0; i < limits.length; i++) {
    const limit = limits[i]!;
    const state = states[i]!;
    const separator = i === 0 ? '"' : ', "';
    ratelimit += `${separator}${limit.name}";r=${state.remaining};t=${Math.ceil(state.resetMs / 1000)}`;
    policy += `${separator}${limit.name}";q=${limit.kind === 'rate' ? limit.burst : limit.amount};w=${windowS(limit, nowMs)}`;
  }
  return { ratelimit, 'ratelimit-policy': policy };
}

function windowS(limit: Limit, nowMs: number): number {
  if (limit.kind === 'rate') return Math.ceil((limit.burst * limit.periodMs) / limit.permits / 1000);
  const window = calendarWindow(limit.period, nowMs);
  return (window.endMs - window.startMs) / 1000;
}
