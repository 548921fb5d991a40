import type { PartitionState, QuotaEngine } from './engine.js';
import { monotonicNow } from './owner-clock.js';
import type { PartitionJournal } from './partition-journal.js';

export interface CommitOptions {
  /** How long changes may wait for others to be written with them. */
  readonly commitMs: number;
  /** Changes unwritten for longer than this stop the partition from granting more. */
  readonly stallMs: number;
  /** The journal is another's now, or cannot be read: the partition has to be dropped. */
  readonly onLost: (partition: number, cause: unknown) => void;
}

interface Slot {
  readonly journal: PartitionJournal;
  /** Since when, by the monotonic clock, something is not stored; Infinity while everything is. */
  oldestMs: number;
  writing: Promise<void> | undefined;
}

/** Writes what judgements change to the journals: per partition one record at a time, at most every `commitMs`. */
export class GroupCommit {
  readonly #engine: QuotaEngine;
  readonly #options: CommitOptions;
  readonly #slots = new Map<number, Slot>();
  #timer: NodeJS.Timeout | undefined;

  constructor(engine: QuotaEngine, options: CommitOptions) {
    this.#engine = engine;
    this.#options = options;
    engine.onDirty = (partition) => {
      const slot = this.#slots.get(partition);
      if (slot === undefined) return;
      if (slot.oldestMs === Infinity) slot.oldestMs = monotonicNow();
      this.#schedule();
    };
  }

  add(journal: PartitionJournal): void {
    this.#slots.set(journal.partition, { journal, oldestMs: Infinity, writing: undefined });
    if (journal.compacting) this.#schedule();
  }

  /** Gives up what is unwritten. */
  remove(partition: number): void {
    this.#slots.get(partition)?.journal.close();
    this.#slots.delete(partition);
  }

  /** Whether the journal is so far behind that a death now would cost more than is promised. */
  isStalled(partition: number, nowMs: number): boolean {
    const slot = this.#slots.get(partition);
    return slot === undefined || nowMs - slot.oldestMs > this.#options.stallMs;
  }

  /** How long the oldest change of any partition has been waiting to be stored. */
  lagMs(nowMs: number): number {
    let oldestMs = nowMs;
    for (const slot of this.#slots.values()) oldestMs = Math.min(oldestMs, slot.oldestMs);
    return nowMs - oldestMs;
  }

  /** Resolves when nothing of the partition is unwritten; it must not be judged meanwhile. */
  async flush(partition: number): Promise<void> {
    for (;;) {
      const slot = this.#slots.get(partition);
      const state = this.#engine.get(partition);
      if (slot === undefined || state === undefined) return;
      if (slot.writing === undefined && state.dirty.length === 0) return;
      await (slot.writing ?? this.#write(partition, slot, state));
    }
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#commit();
    }, this.#options.commitMs);
  }

  #commit(): void {
    for (const [partition, slot] of this.#slots) {
      const state = this.#engine.get(partition);
      if (state === undefined || slot.writing !== undefined) continue;
      if (state.dirty.length > 0 || slot.journal.compacting) void this.#write(partition, slot, state);
    }
  }

  #write(partition: number, slot: Slot, state: PartitionState): Promise<void> {
    const takenAtMs = monotonicNow();
    slot.writing = slot.journal.write(state).then(
      () => {
        slot.writing = undefined;
        slot.oldestMs = state.dirty.length > 0 ? takenAtMs : Infinity;
        if (state.dirty.length > 0 || slot.journal.compacting) this.#schedule();
      },
      (cause: unknown) => {
        slot.writing = undefined;
        if (this.#slots.get(partition) === slot) this.#options.onLost(partition, cause);
      },
    );
    return slot.writing;
  }
}
