/** How many partitions counters are spread over; fixed for the life of a journal. */
export const PARTITIONS = 64;

/**
 * The partition of a subject: FNV-1a over its UTF-16 code units, finished with a multiply-shift so that the low bits
 * depend on all of it. All limits of one subject share a partition, and so an owner.
 */
export function partitionOf(subject: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < subject.length; i++) {
    hash = Math.imul(hash ^ subject.charCodeAt(i), 0x01000193);
  }
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash >>> 16) % PARTITIONS;
}
