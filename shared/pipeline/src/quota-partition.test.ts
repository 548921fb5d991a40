import { expect, test } from 'vitest';
import { PARTITIONS, partitionOf } from './quota-partition.js';

test('the partition of a subject never changes, as journals are written by it', () => {
  expect(['consumer:acme', 'ip:203.0.113.9', 'route:orders', ''].map(partitionOf)).toMatchInlineSnapshot(`
    [
      19,
      55,
      51,
      48,
    ]
  `);
});

test('similar subjects spread evenly', () => {
  const counts = Array.from({ length: PARTITIONS }, () => 0);
  for (let i = 0; i < 64_000; i++) counts[partitionOf(`consumer:c${i}`)]!++;
  expect(Math.min(...counts)).toBeGreaterThan(800);
  expect(Math.max(...counts)).toBeLessThan(1200);
});
