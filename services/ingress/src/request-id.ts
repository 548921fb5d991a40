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
  const at = randomBytes(10);
  pool[at] = 0x70 | (pool[at]! & 0x0f);
  pool[at + 2] = 0x80 | (pool[at + 2]! & 0x3f);
  const rest = pool.hexSlice(at, at + 10);
  return `${timePrefix(nowMs)}${rest.slice(0, 4)}-${rest.slice(4, 8)}-${rest.slice(8)}`;
}

let prefixMs = 0;
let prefix = '';

/** The part of the id that many requests of one millisecond share. */
function timePrefix(nowMs: number): string {
  if (nowMs !== prefixMs) {
    const time = nowMs.toString(16).padStart(12, '0');
    prefix = `${time.slice(0, 8)}-${time.slice(8)}-`;
    prefixMs = nowMs;
  }
  return prefix;
}

export function randomHex(bytes: number): string {
  const at = randomBytes(bytes);
  return pool.hexSlice(at, at + bytes);
}
