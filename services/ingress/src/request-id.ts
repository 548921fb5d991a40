import { randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(8192);
let offset = pool.length;

function randomBytes(count: number): number {
  if (offset + count > pool.length) {
    randomFillSync(pool);
    offset = 0;
  }
  const at = offset;
  offset += count;
  return at;
}

/** A UUID version 7 (RFC 9562): 48 bits of milliseconds, then random. */
export function newRequestId(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0');
  const at = randomBytes(10);
  pool[at] = 0x70 | (pool[at]! & 0x0f);
  pool[at + 2] = 0x80 | (pool[at + 2]! & 0x3f);
  const rest = pool.toString('hex', at, at + 10);
  return `${time.slice(0, 8)}-${time.slice(8)}-${rest.slice(0, 4)}-${rest.slice(4, 8)}-${rest.slice(8)}`;
}

export function randomHex(bytes: number): string {
  const at = randomBytes(bytes);
  return pool.toString('hex', at, at + bytes);
}
