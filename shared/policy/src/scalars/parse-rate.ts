import { QUOTA_PERIODS, type QuotaPeriod } from '../document.js';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000, second: 1000, m: 60_000, minute: 60_000, h: 3_600_000, hour: 3_600_000, d: 86_400_000, day: 86_400_000,
};
const MAX_COUNT = 1_000_000_000;

export interface Rate {
  readonly permits: number;
  readonly periodMs: number;
}

/** `50/s`, `300/minute`, `10/30s`; null for anything else. */
export function parseRate(text: string): Rate | null {
  const match = /^([1-9]\d*)\/([1-9]\d{0,4})?(s|second|m|minute|h|hour|d|day)$/.exec(text);
  if (!match || Number(match[1]) > MAX_COUNT) return null;
  return { permits: Number(match[1]), periodMs: Number(match[2] ?? 1) * UNIT_MS[match[3]!]! };
}

export interface Quota {
  readonly amount: number;
  readonly period: QuotaPeriod;
}

/** `100000/day`, `2000000/month`; null for anything else. */
export function parseQuota(text: string): Quota | null {
  const match = /^([1-9]\d*)\/([a-z]+)$/.exec(text);
  const period = QUOTA_PERIODS.find((p) => p === match?.[2]);
  if (!match || period === undefined || !Number.isSafeInteger(Number(match[1]))) return null;
  return { amount: Number(match[1]), period };
}
