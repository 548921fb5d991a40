import type { CalendarWindow } from './calendar-window.js';
import type { QuotaLimit, RateLimit } from './limit.js';

/**
 * What is remembered of one subject under one limit. Absolute, so that writing it twice or replaying it late changes nothing.
 * Rates: `value` is the bucket's level at `atMs`; a request adds `periodMs`, each millisecond drains `permits`.
 * Quotas: `value` is what was used of the window that began at `atMs`.
 */
export interface Counter {
  readonly key: string;
  readonly kind: 'rate' | 'quota';
  value: number;
  atMs: number;
  /** From then on the counter says nothing that its absence would not. */
  expiresAtMs: number;
  /** Changed since it was last handed to the journal. */
  dirty: boolean;
}

/** What one limit looks like after a judgement. */
export interface LimitState {
  /** Whole requests left at this instant. */
  readonly remaining: number;
  /** Refused: until the same request can pass. Otherwise: until all of the limit is available again. */
  readonly resetMs: number;
}

/** A counter that says nothing yet. */
export function newCounter(key: string, kind: Counter['kind']): Counter {
  return { key, kind, value: 0, atMs: 0, expiresAtMs: 0, dirty: false };
}

/** Takes from a rate, or leaves the counter as it was; returns 0, or the wait in milliseconds until it would succeed. */
export function takeRate(counter: Counter, limit: RateLimit, cost: number, nowMs: number): number {
  const level = levelAt(counter, limit, nowMs);
  const over = level + cost * limit.periodMs - limit.burst * limit.periodMs;
  if (over > 0) return Math.ceil(over / limit.permits);
  setLevel(counter, limit, level + cost * limit.periodMs, nowMs);
  return 0;
}

/** Takes from a quota, or leaves the counter as it was; returns 0, or the wait in milliseconds until its window ends. */
export function takeQuota(counter: Counter, limit: QuotaLimit, cost: number, window: CalendarWindow, nowMs: number): number {
  const used = counter.atMs < window.startMs ? 0 : counter.value;
  if (used + cost > limit.amount) return Math.max(1, window.endMs - nowMs);
  counter.value = used + cost;
  counter.atMs = Math.max(counter.atMs, window.startMs);
  counter.expiresAtMs = Math.max(counter.expiresAtMs, window.endMs);
  return 0;
}

/**
 * Gives back what was taken from a rate at `takenAtMs`, less what has drained since: whatever happened in between, never
 * more can pass than if it had not been taken.
 */
export function refundRate(counter: Counter, limit: RateLimit, cost: number, takenAtMs: number, nowMs: number): void {
  const level = levelAt(counter, limit, nowMs);
  const back = cost * limit.periodMs - Math.max(0, nowMs - takenAtMs) * limit.permits;
  if (back > 0) setLevel(counter, limit, Math.max(0, level - back), nowMs);
}

/** Gives back what was taken from a quota, if its window is still the same. */
export function refundQuota(counter: Counter, cost: number, takenIn: CalendarWindow): void {
  if (counter.atMs === takenIn.startMs) counter.value = Math.max(0, counter.value - cost);
}

export function rateState(counter: Counter, limit: RateLimit, waitMs: number, nowMs: number): LimitState {
  const level = levelAt(counter, limit, nowMs);
  const free = limit.burst * limit.periodMs - level;
  return {
    remaining: free <= 0 ? 0 : Math.floor(free / limit.periodMs),
    resetMs: waitMs > 0 ? waitMs : Math.ceil(level / limit.permits),
  };
}

export function quotaState(counter: Counter, limit: QuotaLimit, window: CalendarWindow, nowMs: number): LimitState {
  const used = counter.atMs < window.startMs ? 0 : counter.value;
  return { remaining: Math.max(0, limit.amount - used), resetMs: Math.max(1, window.endMs - nowMs) };
}

function levelAt(counter: Counter, limit: RateLimit, nowMs: number): number {
  const elapsedMs = nowMs - counter.atMs;
  if (elapsedMs <= 0) return counter.value;
  // May exceed 2^53 after a long pause, but then it exceeds every level too.
  const drained = elapsedMs * limit.permits;
  return drained >= counter.value ? 0 : counter.value - drained;
}

function setLevel(counter: Counter, limit: RateLimit, level: number, nowMs: number): void {
  counter.value = level;
  counter.atMs = Math.max(counter.atMs, nowMs);
  counter.expiresAtMs = counter.atMs + Math.ceil(level / limit.permits);
}
