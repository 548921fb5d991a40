import type { LimitUse, QuotaLimit } from '../limit.js';

/** A rational number of milliseconds: numerator over a denominator above zero. */
interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

export interface ReferenceJudgement {
  readonly granted: boolean;
  readonly remaining: readonly number[];
  readonly waitsMs: readonly number[];
}

/**
 * The limits as they are defined, slowly: GCRA (ITU-T I.371) with a theoretical arrival time in rational numbers, and quotas
 * as the list of all grants, counted by the label of their calendar window.
 */
export class ReferenceLimiter {
  readonly #arrivals = new Map<string, Rational>();
  readonly #grants = new Map<string, number[]>();

  judge(uses: readonly LimitUse[], nowMs: number): ReferenceJudgement {
    const waitsMs = uses.map((use) => this.#wait(use, nowMs));
    const granted = waitsMs.every((wait) => wait === 0);
    if (granted) for (const use of uses) this.#take(use, nowMs);
    return { granted, waitsMs, remaining: uses.map((use) => this.#remaining(use, nowMs)) };
  }

  #wait(use: LimitUse, nowMs: number): number {
    const { limit, key, cost } = use;
    if (limit.kind === 'quota') {
      return this.#used(key, limit, nowMs) + cost <= limit.amount ? 0 : windowEnd(limit, nowMs) - nowMs;
    }
    const tat = this.#tat(key, nowMs);
    // Conforming: tat + cost × T − burst × T ≤ now.
    const n = tat.n * BigInt(limit.permits) + BigInt((cost - limit.burst) * limit.periodMs) * tat.d;
    const over: Rational = { n: n - BigInt(nowMs) * tat.d * BigInt(limit.permits), d: tat.d * BigInt(limit.permits) };
    return over.n <= 0n ? 0 : Number((over.n + over.d - 1n) / over.d);
  }

  #take(use: LimitUse, nowMs: number): void {
    const { limit, key, cost } = use;
    if (limit.kind === 'quota') {
      const grants = this.#grants.get(key) ?? [];
      for (let i = 0; i < cost; i++) grants.push(nowMs);
      this.#grants.set(key, grants);
      return;
    }
    const tat = this.#tat(key, nowMs);
    const permits = BigInt(limit.permits);
    this.#arrivals.set(key, { n: tat.n * permits + BigInt(cost * limit.periodMs) * tat.d, d: tat.d * permits });
  }

  #remaining(use: LimitUse, nowMs: number): number {
    const { limit, key } = use;
    if (limit.kind === 'quota') return Math.max(0, limit.amount - this.#used(key, limit, nowMs));
    let remaining = 0;
    while (remaining < limit.burst && this.#wait({ ...use, cost: remaining + 1 }, nowMs) === 0) remaining++;
    return remaining;
  }

  #tat(key: string, nowMs: number): Rational {
    const tat = this.#arrivals.get(key);
    return tat === undefined || tat.n < BigInt(nowMs) * tat.d ? { n: BigInt(nowMs), d: 1n } : tat;
  }

  #used(key: string, limit: QuotaLimit, nowMs: number): number {
    const label = windowLabel(limit, nowMs);
    return (this.#grants.get(key) ?? []).filter((atMs) => windowLabel(limit, atMs) === label).length;
  }
}

function windowLabel(limit: QuotaLimit, atMs: number): string {
  const text = new Date(atMs).toISOString();
  const length = { second: 19, minute: 16, hour: 13, day: 10, month: 7, week: 0 }[limit.period];
  if (limit.period !== 'week') return text.slice(0, length);
  const monday = new Date(atMs);
  monday.setUTCDate(monday.getUTCDate() - ((monday.getUTCDay() + 6) % 7));
  return monday.toISOString().slice(0, 10);
}

/** Finds the end by trying: the first instant with another label, searched by halving. */
function windowEnd(limit: QuotaLimit, nowMs: number): number {
  const label = windowLabel(limit, nowMs);
  let inside = nowMs;
  let outside = nowMs + 32 * 86_400_000;
  while (outside - inside > 1) {
    const middle = Math.floor((inside + outside) / 2);
    if (windowLabel(limit, middle) === label) inside = middle;
    else outside = middle;
  }
  return outside;
}

