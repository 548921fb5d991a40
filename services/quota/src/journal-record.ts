import type { Counter } from './counter.js';

/** Who wrote a record, and where it stands among that writer's records. */
export interface RecordHead {
  readonly instance: string;
  readonly epoch: number;
  /** Counts the writer's records of this epoch; 0 is the one that begins it. */
  readonly batch: number;
  /** The writer's clock. */
  readonly nowMs: number;
}

export interface JournalRecord extends RecordHead {
  readonly counters: readonly Counter[];
}

/** The bytes are no record of this version; a partition that has one is not served. */
export class UnreadableRecord extends Error {
  override readonly name = 'UnreadableRecord';
}

const VERSION = 1;
/** Version, instance's length, epoch, batch, clock, count. */
const HEAD_BYTES = 1 + 1 + 8 + 8 + 8 + 4;
/** Key's length, kind, value, at, expires. */
const COUNTER_BYTES = 2 + 1 + 8 + 8 + 8;

/** What a counter takes in a record. */
export function recordedBytes(counter: Counter): number {
  return COUNTER_BYTES + Buffer.byteLength(counter.key);
}

/** A record of the absolute state of some counters; applying it twice, or one of an older state before it, changes nothing. */
export function encodeRecord(head: RecordHead, counters: readonly Counter[]): Uint8Array {
  const instance = Buffer.from(head.instance, 'ascii');
  const bytes = counters.reduce((sum, counter) => sum + recordedBytes(counter), HEAD_BYTES + instance.length);
  const out = Buffer.allocUnsafe(bytes);
  let at = out.writeUInt8(VERSION, 0);
  at = out.writeUInt8(instance.length, at);
  at += instance.copy(out, at);
  at = out.writeDoubleLE(head.epoch, at);
  at = out.writeDoubleLE(head.batch, at);
  at = out.writeDoubleLE(head.nowMs, at);
  at = out.writeUInt32LE(counters.length, at);
  for (const counter of counters) {
    const length = out.write(counter.key, at + 2, 'utf8');
    out.writeUInt16LE(length, at);
    at = out.writeUInt8(counter.kind === 'rate' ? 0 : 1, at + 2 + length);
    at = out.writeDoubleLE(counter.value, at);
    at = out.writeDoubleLE(counter.atMs, at);
    at = out.writeDoubleLE(counter.expiresAtMs, at);
  }
  return out;
}

/** Throws `UnreadableRecord`. */
export function decodeRecord(bytes: Uint8Array): JournalRecord {
  const read = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return decode(read);
  } catch (cause) {
    throw new UnreadableRecord(cause instanceof Error ? cause.message : 'not a record', { cause });
  }
}

function decode(read: Buffer): JournalRecord {
  if (read.readUInt8(0) !== VERSION) throw new RangeError(`version ${read[0]} instead of ${VERSION}`);
  let at = 2 + read.readUInt8(1);
  const instance = read.toString('ascii', 2, at);
  const [epoch, batch, nowMs] = [read.readDoubleLE(at), read.readDoubleLE(at + 8), read.readDoubleLE(at + 16)];
  const count = read.readUInt32LE(at + 24);
  at += 28;
  const counters: Counter[] = [];
  for (let i = 0; i < count; i++) {
    const keyEnd = at + 2 + read.readUInt16LE(at);
    const key = read.toString('utf8', at + 2, keyEnd);
    const kind = read.readUInt8(keyEnd);
    if (kind > 1) throw new RangeError(`kind ${kind}`);
    counters.push({
      key,
      kind: kind === 0 ? 'rate' : 'quota',
      value: read.readDoubleLE(keyEnd + 1),
      atMs: read.readDoubleLE(keyEnd + 9),
      expiresAtMs: read.readDoubleLE(keyEnd + 17),
      dirty: false,
    });
    at = keyEnd + 25;
  }
  if (at !== read.length) throw new RangeError(`${read.length - at} bytes too many`);
  return { instance, epoch, batch, nowMs, counters };
}
