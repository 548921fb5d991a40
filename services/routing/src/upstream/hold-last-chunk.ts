import { createHash, hash, timingSafeEqual } from 'node:crypto';

export type HeldBody =
  /** The digest agrees; `last` completes the body and may go. Undefined: the body was empty. */
  | { readonly agrees: true; readonly last: Uint8Array | undefined }
  /** Another body than the one that was inspected: what was let through must not be completed. */
  | { readonly agrees: false };

/** Lets a body through one chunk late, so that its end can be withheld until its digest is known to agree. */
export class LastChunkHold {
  readonly #hash = createHash('sha256');
  #held: Uint8Array | undefined;

  /** Takes a chunk and returns the one before it, which may go. The chunk must not be changed afterwards. */
  push(chunk: Uint8Array): Uint8Array | undefined {
    if (chunk.byteLength === 0) return undefined;
    this.#hash.update(chunk);
    const released = this.#held;
    this.#held = chunk;
    return released;
  }

  /** To be called once, after the last chunk. `sha256`: 32 bytes, of the body as validation inspected it. */
  finish(sha256: Uint8Array): HeldBody {
    const last = this.#held;
    this.#held = undefined;
    return isSameDigest(this.#hash.digest(), sha256) ? { agrees: true, last } : { agrees: false };
  }
}

/** Whether a body that is there as a whole has the given SHA-256. */
export function hasDigest(body: Uint8Array, sha256: Uint8Array): boolean {
  return isSameDigest(hash('sha256', body, 'buffer'), sha256);
}

function isSameDigest(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && timingSafeEqual(one, other);
}
