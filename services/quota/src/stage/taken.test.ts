import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeTaken, encodeTaken } from './taken.js';

const taken = fc.array(fc.record({
  instance: fc.stringMatching(/^[\w-]{1,64}$/),
  takenAtMs: fc.integer({ min: 0, max: 4e12 }),
  partitions: fc.array(fc.nat(63), { maxLength: 5 }),
}), { maxLength: 4 });

test('what owners have taken survives encoding', () => {
  fc.assert(fc.property(taken, (some) => {
    expect(decodeTaken(encodeTaken(some))).toEqual(some);
  }));
});

test.each(['a', 'a:1', 'a:-1:2', 'a.b:1:2', 'a:1:2;', ';a:1:2', 'a:1:2,'])('%s is refused', (text) => {
  expect(decodeTaken(text)).toBeUndefined();
});
