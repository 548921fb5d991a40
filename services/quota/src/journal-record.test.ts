import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Counter } from './counter.js';
import { decodeRecord, encodeRecord, recordedBytes, UnreadableRecord } from './journal-record.js';

const counters: fc.Arbitrary<Counter[]> = fc.array(fc.record({
  key: fc.string({ unit: 'binary', maxLength: 60 }).map((key) => Buffer.from(key).toString('utf8')),
  kind: fc.constantFrom('rate' as const, 'quota' as const),
  value: fc.maxSafeNat(), atMs: fc.maxSafeNat(), expiresAtMs: fc.maxSafeNat(), dirty: fc.constant(false),
}), { maxLength: 20 });
const heads = fc.record({ instance: fc.stringMatching(/^[a-z0-9-]{1,64}$/), epoch: fc.maxSafeNat(), batch: fc.maxSafeNat(), nowMs: fc.maxSafeNat() });

test('a record survives encoding, and takes what it is said to', () => {
  fc.assert(fc.property(heads, counters, (head, some) => {
    const bytes = encodeRecord(head, some);
    expect(decodeRecord(bytes)).toEqual({ ...head, counters: some });
    const empty = encodeRecord(head, []).length;
    expect(bytes.length - empty).toBe(some.reduce((sum, counter) => sum + recordedBytes(counter), 0));
  }));
});

test('what is cut, longer, or of another version is refused as a whole', () => {
  fc.assert(fc.property(heads, counters, fc.nat(), (head, some, cut) => {
    const bytes = encodeRecord(head, some);
    expect(() => decodeRecord(bytes.subarray(0, cut % bytes.length))).toThrow(UnreadableRecord);
    expect(() => decodeRecord(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(UnreadableRecord);
    bytes[0] = 2;
    expect(() => decodeRecord(bytes)).toThrow('version 2 instead of 1');
  }));
});
