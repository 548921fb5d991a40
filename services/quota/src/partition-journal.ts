import { setTimeout as sleep } from 'node:timers/promises';
import type { Counter } from './counter.js';
import type { PartitionState } from './engine.js';
import { decodeRecord, encodeRecord, recordedBytes, type RecordHead } from './journal-record.js';
import type { JournalLog } from './journal-store.js';
import type { OwnerClock } from './owner-clock.js';

/** Somebody else has appended: this instance no longer writes the partition, whatever it believes. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

/** What one record may hold; far below the broker's limit of 1 MB. */
const RECORD_BYTES = 256 * 1024;
/** Of those, what a compaction may add to the changes. */
const WALK_BYTES = 128 * 1024;
/** A journal is compacted when this much was appended since the last time, and as much as its counters took then. */
const COMPACT_RECORDS = 200;
const COMPACT_BYTES = 256 * 1024;
const RETRY_MS = 50;

export interface Writer {
  readonly store: JournalLog;
  readonly clock: OwnerClock;
  readonly instance: string;
}

/**
 * The one writer of a partition's journal. A record holds the absolute state of what changed; compaction writes every
 * counter once more, in passing, and drops what came before, so that replaying all there is yields all there was.
 */
export class PartitionJournal {
  readonly partition: number;
  readonly epoch: number;
  readonly #writer: Writer;
  #sequence: number;
  #batch = 0;
  /** What was appended since the last compaction. */
  #tail: { records: number; bytes: number };
  /** What the last compaction wrote. */
  #compactBytes = 0;
  /** A compaction under way: what it has yet to write, and its first record. */
  #walk: { readonly counters: Iterator<Counter>; from: number | undefined; bytes: number } | undefined;
  #closed = false;

  private constructor(writer: Writer, partition: number, epoch: number, sequence: number, tail: { records: number; bytes: number }) {
    this.#writer = writer;
    this.partition = partition;
    this.epoch = epoch;
    this.#sequence = sequence;
    this.#tail = tail;
  }

  /**
   * Takes a partition over: shuts out whoever wrote it before, then reads what that one left, and sets the clock to no
   * earlier than its. `wanted` is asked between the steps; undefined is answered when it says no.
   */
  static async take(writer: Writer, partition: number, epoch: number, wanted: () => boolean): Promise<
    { readonly journal: PartitionJournal; readonly counters: Map<string, Counter> } | undefined
  > {
    const sequence = await fence(writer, partition, epoch, wanted);
    if (sequence === undefined) return undefined;
    const counters = new Map<string, Counter>();
    const tail = { records: 0, bytes: 0 };
    await writer.store.replay(partition, sequence, (bytes) => {
      const record = decodeRecord(bytes);
      writer.clock.raise(record.nowMs);
      for (const counter of record.counters) counters.set(counter.key, counter);
      tail.records++;
      tail.bytes += bytes.length;
    });
    const nowMs = writer.clock.now();
    for (const [key, counter] of counters) if (counter.expiresAtMs <= nowMs) counters.delete(key);
    return { journal: new PartitionJournal(writer, partition, epoch, sequence, tail), counters };
  }

  /** Stops retrying; what is under way is given up. */
  close(): void {
    this.#closed = true;
  }

  /** Whether there is something to write besides changes. */
  get compacting(): boolean {
    const { records, bytes } = this.#tail;
    if (this.#walk !== undefined || bytes > Math.max(COMPACT_BYTES, this.#compactBytes)) return true;
    // Many small records cost time to replay, but a large partition is not worth rewriting for a few of them.
    return records > COMPACT_RECORDS && bytes > this.#compactBytes / 8;
  }

  /**
   * Writes one record of what changed, and the next part of a compaction. Resolves once it is stored, however often the broker
   * has to be asked; returns false where that was given up because of `close`. Throws `Fenced`.
   */
  async write(state: PartitionState): Promise<boolean> {
    if (this.compacting && this.#walk === undefined) this.#walk = { counters: state.counters.values(), from: undefined, bytes: 0 };
    const counters = takeDirty(state);
    const walked = this.#takeWalked(counters);
    this.#batch++;
    const bytes = encodeRecord(this.#head(), counters);
    if (!(await this.#append(bytes))) return false;

    this.#tail.records++;
    this.#tail.bytes += bytes.length;
    if (this.#walk !== undefined && !this.#closed) await this.#endWalk(bytes.length, walked);
    return true;
  }

  #head(): RecordHead {
    return { instance: this.#writer.instance, epoch: this.epoch, batch: this.#batch, nowMs: this.#writer.clock.now() };
  }

  /** Adds the compaction's next counters; returns whether these were the last. */
  #takeWalked(counters: Counter[]): boolean {
    if (this.#walk === undefined) return false;
    const nowMs = this.#writer.clock.now();
    for (let bytes = 0; bytes < WALK_BYTES; ) {
      const next = this.#walk.counters.next();
      if (next.done === true) return true;
      if (next.value.expiresAtMs <= nowMs && !next.value.dirty) continue;
      counters.push(next.value);
      bytes += recordedBytes(next.value);
    }
    return false;
  }

  async #endWalk(bytes: number, complete: boolean): Promise<void> {
    const walk = this.#walk!;
    walk.from ??= this.#sequence;
    walk.bytes += bytes;
    if (!complete) return;
    this.#walk = undefined;
    this.#tail = { records: 0, bytes: 0 };
    this.#compactBytes = walk.bytes;
    // A purge that fails is made up for by the next: the records are only superfluous.
    await this.#writer.store.purgeBefore(this.partition, walk.from).catch(() => undefined);
  }

  async #append(bytes: Uint8Array): Promise<boolean> {
    while (!this.#closed) {
      const outcome = await this.#writer.store.append(this.partition, bytes, this.#sequence);
      if (outcome.kind === 'written') {
        this.#sequence = outcome.sequence;
        return true;
      }
      if (outcome.kind === 'unknown') await sleep(RETRY_MS);
      if (await this.#gotIn()) return true;
    }
    return false;
  }

  /** Finds out whether the record of this batch is stored after all. */
  async #gotIn(): Promise<boolean> {
    const last = await this.#writer.store.last(this.partition).catch(() => 'unknown' as const);
    if (last === 'unknown' || this.#closed) return false;
    const record = last === undefined ? undefined : decodeRecord(last.bytes);
    if (last === undefined || record?.instance !== this.#writer.instance || record.epoch !== this.epoch) {
      throw new Fenced(`partition ${this.partition} is written by ${record?.instance ?? 'nobody'}`);
    }
    // The store may have lost what it had acknowledged, by a crash of its machine: then everything is written anew.
    if (last.sequence < this.#sequence) {
      this.#walk = undefined;
      this.#tail.bytes = Infinity;
    }
    this.#sequence = last.sequence;
    return record.batch === this.#batch;
  }
}

/** Appends the record that begins an epoch; returns its sequence. */
async function fence(writer: Writer, partition: number, epoch: number, wanted: () => boolean): Promise<number | undefined> {
  const bytes = encodeRecord({ instance: writer.instance, epoch, batch: 0, nowMs: writer.clock.now() }, []);
  while (wanted()) {
    const last = await writer.store.last(partition);
    const outcome = await writer.store.append(partition, bytes, last?.sequence ?? 0);
    if (outcome.kind === 'written') return outcome.sequence;
    // Whether a lost one got in does not matter: the next goes behind it.
    if (outcome.kind === 'unknown') await sleep(RETRY_MS);
  }
  return undefined;
}

/** Takes changed counters out of the list, as many as fit one record. */
function takeDirty(state: PartitionState): Counter[] {
  let bytes = 0;
  let count = 0;
  while (count < state.dirty.length && bytes < RECORD_BYTES - WALK_BYTES) bytes += recordedBytes(state.dirty[count++]!);
  const taken = state.dirty.splice(0, count);
  for (const counter of taken) counter.dirty = false;
  if (state.dirty.length === 0) state.unjournaledGrants = 0;
  return taken;
}
