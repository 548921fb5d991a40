import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { PARTITIONS } from '@sallyport/pipeline';
import { QuotaEngine, type Judgement } from './engine.js';
import { GroupCommit } from './group-commit.js';
import { journalDefaults, JournalStore } from './journal-store.js';
import { LeaseSession } from './lease-session.js';
import { LeaseStore } from './lease-store.js';
import type { LimitUse } from './limit.js';
import { monotonicNow, OwnerClock } from './owner-clock.js';
import { Fenced, PartitionJournal, type Writer } from './partition-journal.js';
import { JobQueue, newSlot, type PartitionSlot } from './partition-slot.js';
import { PartitionLease } from './partition-lease.js';

export interface QuotaNodeOptions {
  /** A token of a NATS subject, never used by another process, not even an earlier one. */
  readonly instance: string;
  readonly ttlMs: number;
  readonly renewMs: number;
  readonly commitMs: number;
  readonly stallMs: number;
  readonly maxCounters: number;
  readonly journalMaxBytes: number;
  readonly replicas: number;
  readonly timeoutMs: number;
  /** Faults that heal by themselves, once the store does: for the log. At most one a second is told. */
  readonly onFault: (what: string, cause: unknown) => void;
}

/** Everything but the instance's name: a dead instance's partitions are served again about two seconds after its death. */
export const quotaNodeDefaults: Omit<QuotaNodeOptions, 'instance' | 'onFault'> = {
  ttlMs: 1100,
  renewMs: 275,
  commitMs: 30,
  stallMs: 250,
  maxCounters: 500_000,
  journalMaxBytes: journalDefaults.maxBytes,
  replicas: 1,
  timeoutMs: 500,
};

/** Where a partition is judged, as far as this instance knows. */
export type Location =
  | { readonly kind: 'here' }
  /** It is being taken over or handed over here; ask again once `settled` resolves. */
  | { readonly kind: 'moving'; readonly settled: Promise<void> }
  | { readonly kind: 'at'; readonly instance: string; readonly epoch: number }
  /** No owner is known, or mine cannot make sure that its judgements last. */
  | { readonly kind: 'nowhere' };

export interface QuotaNodeStats {
  readonly counters: number;
  readonly serving: number;
  /** Grants that a death right now would forget. */
  readonly unjournaledGrants: number;
  /** Age of the oldest change that is not stored. */
  readonly journalLagMs: number;
  readonly takeovers: number;
  readonly fenced: number;
  /** Failed reads and writes of the store, each of which is tried again. */
  readonly faults: number;
  /** How long the lease still runs; negative when it has run out. */
  readonly leaseMs: number;
}

/** Reads of journals at once, when many partitions are taken over. */
const LOADS_AT_ONCE = 8;
const RELOAD_MS = 100;
/** What cannot be read at all must not be asked for, and fenced, too often. */
const MAX_RELOAD_MS = 5000;
/** A part of the lease is left unused, for clocks that do not run at the same speed. */
const SERVED_SHARE = 0.9;
const SWEEP_EVERY_MS = 100;
const SWEEP_COUNTERS = 2000;
const FAULT_EVERY_MS = 1000;

/** One owner of partitions: judges what it owns, by its lease, and keeps the journals. */
export class QuotaNode {
  readonly #options: QuotaNodeOptions;
  readonly #engine: QuotaEngine;
  readonly #clock = new OwnerClock();
  readonly #commit: GroupCommit;
  readonly #journals: JournalStore;
  readonly #writer: Writer;
  readonly #session: LeaseSession;
  readonly #lease: PartitionLease;
  readonly #slots: (PartitionSlot | undefined)[] = Array.from({ length: PARTITIONS }, () => undefined);
  readonly #loading = new JobQueue<number>(LOADS_AT_ONCE, (partition) => this.#load(partition));
  readonly #sweeper: NodeJS.Timeout;
  #takeovers = 0;
  #fenced = 0;
  #faults = 0;
  #faultToldMs = -Infinity;
  #leaving = false;

  private constructor(connection: NatsConnection, journals: JournalStore, leases: LeaseStore, options: QuotaNodeOptions) {
    this.#options = options;
    this.#engine = new QuotaEngine({ maxCounters: options.maxCounters });
    this.#journals = journals;
    this.#writer = { store: journals, clock: this.#clock, instance: options.instance };
    this.#commit = new GroupCommit(this.#engine, {
      commitMs: options.commitMs,
      stallMs: options.stallMs,
      onLost: (partition, cause) => this.#lost(partition, cause),
    });
    this.#session = new LeaseSession(options.instance, { ttlMs: options.ttlMs, serveMs: SERVED_SHARE * options.ttlMs });
    this.#lease = new PartitionLease(connection, leases, this.#session, options.renewMs, {
      reconcile: () => this.#reconcile(),
      release: (partitions) => this.#release(partitions),
      onFault: (cause) => this.#fault('renewing the lease', cause),
    });
    this.#sweeper = setInterval(() => this.#engine.sweep(this.#clock.now(), SWEEP_COUNTERS), SWEEP_EVERY_MS);
  }

  /** Takes part from now on. `connection` is in the account that holds the quota's streams; it must reconnect for ever. */
  static async start(connection: NatsConnection, options: QuotaNodeOptions): Promise<QuotaNode> {
    const { replicas, timeoutMs, journalMaxBytes: maxBytes } = options;
    const journals = await JournalStore.open(connection, { maxBytes, replicas, timeoutMs });
    const leases = await LeaseStore.open(connection, { replicas, timeoutMs });
    return new QuotaNode(connection, journals, leases, options);
  }

  /** Takes from all of these limits or from none. `not_owner` where one of them is not to be judged here, now. */
  judge(uses: readonly LimitUse[]): Judgement {
    const nowMs = monotonicNow();
    for (const { partition } of uses) if (!this.#isHere(partition, nowMs)) return { kind: 'not_owner', partition };
    return this.#engine.judge(uses, this.#clock.now());
  }

  /** Gives back what a judgement here granted. What is no longer here stays taken. */
  refund(uses: readonly LimitUse[], takenAtMs: number): void {
    const nowMs = monotonicNow();
    this.#engine.refund(uses.filter(({ partition }) => this.#isHere(partition, nowMs)), takenAtMs, this.#clock.now());
  }

  locate(partition: number): Location {
    const nowMs = monotonicNow();
    if (this.#isHere(partition, nowMs)) return { kind: 'here' };
    const slot = this.#slots[partition];
    if (slot !== undefined && slot.phase !== 'serving') return { kind: 'moving', settled: slot.settled };
    const holding = this.#session.table.holdings[partition];
    if (slot !== undefined || holding === undefined || holding.member === '' || holding.member === this.#options.instance) {
      return { kind: 'nowhere' };
    }
    return { kind: 'at', instance: holding.member, epoch: holding.epoch };
  }

  get clock(): OwnerClock {
    return this.#clock;
  }

  stats(): QuotaNodeStats {
    const nowMs = monotonicNow();
    let unjournaledGrants = 0;
    let serving = 0;
    for (let p = 0; p < PARTITIONS; p++) {
      unjournaledGrants += this.#engine.get(p)?.unjournaledGrants ?? 0;
      if (this.#isHere(p, nowMs)) serving++;
    }
    return {
      counters: this.#engine.size, serving, unjournaledGrants, journalLagMs: this.#commit.lagMs(nowMs),
      takeovers: this.#takeovers, fenced: this.#fenced, faults: this.#faults, leaseMs: this.#session.validUntilMs - nowMs,
    };
  }

  /** Hands every partition to the others with nothing lost, then stops. */
  async leave(withinMs = 2000): Promise<void> {
    this.#leaving = true;
    const flushed = this.#release([...this.#slots.keys()]);
    await Promise.race([flushed, sleep(withinMs / 2)]);
    await this.#lease.leave(withinMs / 2);
    this.close();
  }

  /** Stops at once, as a crash would, but for what the broker has already been given. */
  close(): void {
    this.#leaving = true;
    this.#lease.close();
    clearInterval(this.#sweeper);
    for (let p = 0; p < PARTITIONS; p++) this.#drop(p);
    this.#journals.close();
  }

  #isHere(partition: number, nowMs: number): boolean {
    return this.#slots[partition]?.phase === 'serving' && nowMs < this.#session.validUntilMs && !this.#commit.isStalled(partition, nowMs);
  }

  #reconcile(): void {
    const { holdings } = this.#session.table;
    for (let p = 0; p < PARTITIONS; p++) {
      const { member, epoch } = holdings[p]!;
      const mine = member === this.#options.instance;
      const slot = this.#slots[p];
      if (slot !== undefined && (!mine || slot.epoch !== epoch)) this.#drop(p);
      if (!mine || this.#leaving || this.#lease.isReleased(p)) continue;
      if (this.#slots[p] === undefined) {
        this.#slots[p] = newSlot(epoch, 'loading');
        this.#loading.add(p);
      } else if (slot?.phase === 'releasing') {
        slot.phase = 'serving';
        slot.settle();
      }
    }
  }

  async #load(partition: number): Promise<void> {
    const slot = this.#slots[partition];
    if (slot?.phase !== 'loading') return;
    const wanted = () => this.#slots[partition] === slot;
    try {
      const taken = await PartitionJournal.take(this.#writer, partition, slot.epoch, wanted);
      if (taken === undefined || !wanted()) return;
      this.#engine.open(partition, taken.counters);
      this.#commit.add(taken.journal);
      this.#takeovers++;
      slot.phase = 'serving';
      slot.settle();
    } catch (cause) {
      this.#fault(`taking over partition ${partition}`, cause);
      const pauseMs = Math.min(RELOAD_MS * 2 ** slot.failures++, MAX_RELOAD_MS);
      setTimeout(() => {
        if (wanted()) this.#loading.add(partition);
      }, pauseMs);
    }
  }

  async #release(partitions: readonly number[]): Promise<void> {
    for (const p of partitions) {
      const slot = this.#slots[p];
      if (slot?.phase === 'loading') this.#drop(p);
      else if (slot !== undefined) this.#slots[p] = newSlot(slot.epoch, 'releasing');
    }
    await Promise.all(partitions.map((p) => this.#commit.flush(p)));
  }

  #lost(partition: number, cause: unknown): void {
    if (cause instanceof Fenced) this.#fenced++;
    this.#fault(`writing the journal of partition ${partition}`, cause);
    this.#drop(partition);
    // The table says who has it; if that is still me, it is taken over anew.
    this.#lease.turn();
  }

  #fault(what: string, cause: unknown): void {
    this.#faults++;
    const nowMs = monotonicNow();
    if (nowMs - this.#faultToldMs < FAULT_EVERY_MS) return;
    this.#faultToldMs = nowMs;
    this.#options.onFault(what, cause);
  }

  #drop(partition: number): void {
    const slot = this.#slots[partition];
    if (slot === undefined) return;
    this.#slots[partition] = undefined;
    this.#commit.remove(partition);
    this.#engine.close(partition);
    slot.settle();
  }
}

