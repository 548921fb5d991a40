import { PARTITIONS } from '@sallyport/pipeline';
import { WindowCache } from './calendar-window.js';
import {
  newCounter, quotaState, rateState, refundQuota, refundRate, takeQuota, takeRate, type Counter, type LimitState,
} from './counter.js';
import type { Limit, LimitUse } from './limit.js';
import { sweepExpired } from './sweep-expired.js';

/** What the engine says of one request. Only `granted` has taken anything. */
export type Judgement =
  | { readonly kind: 'granted'; readonly takenAtMs: number; readonly states: readonly LimitState[] }
  | Denied
  | { readonly kind: 'not_owner'; readonly partition: number }
  /** No room for a new subject's counter: to be answered with `overloaded`. */
  | { readonly kind: 'full' };

export interface Denied {
  readonly kind: 'denied';
  readonly reason: 'rate_exceeded' | 'quota_exceeded';
  /** Index of the limit that makes the caller wait longest. */
  readonly limit: number;
  /** Whole seconds, at least 1. */
  readonly retryAfterS: number;
  readonly states: readonly LimitState[];
}

/** The counters of one partition, and what of them the journal does not know yet. */
export interface PartitionState {
  readonly counters: Map<string, Counter>;
  readonly dirty: Counter[];
  /** Grants since the journal was last handed the changes: what a death right now costs. */
  unjournaledGrants: number;
  sweep: Iterator<Counter> | undefined;
}

export interface EngineOptions {
  /** Counters held at most, over all partitions. */
  readonly maxCounters: number;
}

const SWEEP_WHEN_FULL = 64;

/**
 * The counters of the partitions this instance owns. No I/O, no clock: `nowMs` is the owner's clock and never decreases.
 * A judgement takes from all limits of a request or from none.
 */
export class QuotaEngine {
  readonly #partitions: (PartitionState | undefined)[] = Array.from({ length: PARTITIONS }, () => undefined);
  readonly #windows = new WindowCache();
  readonly #maxCounters: number;
  /** Subjects that anybody can make up leave this much room to those the policy lists. */
  readonly #maxOpenCounters: number;
  /** Undo log of the judgement under way: three numbers a counter. */
  readonly #before: number[] = [];
  #size = 0;
  #sweepAt = 0;
  /** Called when a partition gets its first change that the journal has not been handed. */
  onDirty: (partition: number) => void = () => undefined;

  constructor(options: EngineOptions = { maxCounters: 1_000_000 }) {
    this.#maxCounters = options.maxCounters;
    this.#maxOpenCounters = Math.floor(options.maxCounters * 0.75);
  }

  get size(): number {
    return this.#size;
  }

  get(partition: number): PartitionState | undefined {
    return this.#partitions[partition];
  }

  /** Starts to judge a partition with the counters its journal holds. */
  open(partition: number, counters: Map<string, Counter>): void {
    this.close(partition);
    this.#partitions[partition] = { counters, dirty: [], unjournaledGrants: 0, sweep: undefined };
    this.#size += counters.size;
  }

  /** Forgets a partition. */
  close(partition: number): void {
    this.#size -= this.#partitions[partition]?.counters.size ?? 0;
    this.#partitions[partition] = undefined;
  }

  /** Takes `cost` from every limit, or nothing from any. Costs about a microsecond a limit at most. */
  judge(uses: readonly LimitUse[], nowMs: number): Judgement {
    for (const use of uses) {
      if (this.#partitions[use.partition] === undefined) return { kind: 'not_owner', partition: use.partition };
    }
    const counters: Counter[] = [];
    const waits: number[] = [];
    let longest = -1;
    for (let i = 0; i < uses.length; i++) {
      const use = uses[i]!;
      const counter = this.#counterFor(use, nowMs);
      if (counter === undefined) {
        this.#undo(uses, counters, waits);
        return { kind: 'full' };
      }
      this.#before[3 * i] = counter.value;
      this.#before[3 * i + 1] = counter.atMs;
      this.#before[3 * i + 2] = counter.expiresAtMs;
      const waitMs = this.#take(counter, use, nowMs);
      counters.push(counter);
      waits.push(waitMs);
      if (waitMs > 0 && (longest < 0 || waitMs > waits[longest]!)) longest = i;
    }
    if (longest >= 0) {
      this.#undo(uses, counters, waits);
      return {
        kind: 'denied',
        reason: uses[longest]!.limit.kind === 'rate' ? 'rate_exceeded' : 'quota_exceeded',
        limit: longest,
        retryAfterS: Math.max(1, Math.ceil(waits[longest]! / 1000)),
        states: uses.map((use, i) => this.#stateOf(counters[i]!, use.limit, waits[i]!, nowMs)),
      };
    }
    const states: LimitState[] = [];
    for (let i = 0; i < uses.length; i++) {
      const use = uses[i]!;
      const counter = counters[i]!;
      this.#markDirty(use.partition, counter, 1);
      states.push(this.#stateOf(counter, use.limit, 0, nowMs));
    }
    return { kind: 'granted', takenAtMs: nowMs, states };
  }

  /** Gives back what a judgement here took at `takenAtMs`, because another owner denied. Partitions no longer here are left. */
  refund(uses: readonly LimitUse[], takenAtMs: number, nowMs: number): void {
    for (const use of uses) {
      const counter = this.#partitions[use.partition]?.counters.get(use.key);
      if (counter === undefined || counter.kind !== use.limit.kind) continue;
      const { limit, cost } = use;
      if (limit.kind === 'rate') refundRate(counter, limit, cost, takenAtMs, nowMs);
      else refundQuota(counter, cost, this.#windows.at(limit.period, takenAtMs));
      this.#markDirty(use.partition, counter, 0);
    }
  }

  /** Drops up to `budget` counters' worth of expired ones, going round the partitions; returns how many went. */
  sweep(nowMs: number, budget: number): number {
    let left = budget;
    let swept = 0;
    for (let n = 0; n < PARTITIONS && left > 0; n++) {
      const state = this.#partitions[this.#sweepAt];
      if (state !== undefined) {
        const { looked, dropped } = sweepExpired(state, nowMs, left);
        left -= Math.max(1, looked);
        swept += dropped;
        this.#size -= dropped;
        if (state.sweep !== undefined) break;
      }
      this.#sweepAt = (this.#sweepAt + 1) % PARTITIONS;
    }
    return swept;
  }

  #take(counter: Counter, use: LimitUse, nowMs: number): number {
    const { limit, cost } = use;
    return limit.kind === 'rate'
      ? takeRate(counter, limit, cost, nowMs)
      : takeQuota(counter, limit, cost, this.#windows.at(limit.period, nowMs), nowMs);
  }

  #stateOf(counter: Counter, limit: Limit, waitMs: number, nowMs: number): LimitState {
    return limit.kind === 'rate'
      ? rateState(counter, limit, waitMs, nowMs)
      : quotaState(counter, limit, this.#windows.at(limit.period, nowMs), nowMs);
  }

  #counterFor(use: LimitUse, nowMs: number): Counter | undefined {
    const state = this.#partitions[use.partition]!;
    const known = state.counters.get(use.key);
    if (known !== undefined) return known;
    const most = use.open ? this.#maxOpenCounters : this.#maxCounters;
    // What this judgement has taken from is not expired, so sweeping cannot drop it.
    if (this.#size >= most) this.sweep(nowMs, SWEEP_WHEN_FULL);
    if (this.#size >= most) return undefined;
    const counter = newCounter(use.key, use.limit.kind);
    state.counters.set(use.key, counter);
    this.#size++;
    return counter;
  }

  /** Backwards, so that a counter named twice ends as it began. What says nothing then is dropped: denials cost no memory. */
  #undo(uses: readonly LimitUse[], counters: readonly Counter[], waits: readonly number[]): void {
    for (let i = counters.length - 1; i >= 0; i--) {
      const counter = counters[i]!;
      if (waits[i] === 0) {
        counter.value = this.#before[3 * i]!;
        counter.atMs = this.#before[3 * i + 1]!;
        counter.expiresAtMs = this.#before[3 * i + 2]!;
      }
      if (counter.expiresAtMs === 0 && this.#partitions[uses[i]!.partition]!.counters.delete(counter.key)) this.#size--;
    }
  }

  #markDirty(partition: number, counter: Counter, grants: number): void {
    const state = this.#partitions[partition]!;
    state.unjournaledGrants += grants;
    if (counter.dirty) return;
    counter.dirty = true;
    state.dirty.push(counter);
    if (state.dirty.length === 1) this.onDirty(partition);
  }
}
