import type { MintedKey } from '@sallyport/policy';
import type { KeyRecord } from './present-key.js';

/** Keys made by `sallyport key create`, as the control log has them; outside revisions, so always current. */
export class MintedKeys {
  readonly #byDigest = new Map<string, KeyRecord>();
  readonly #digestById = new Map<string, string>();

  /** Takes a key's newest state. */
  accept(key: MintedKey): void {
    const before = this.#digestById.get(key.id);
    if (before !== undefined && before !== key.sha256) this.#byDigest.delete(before);
    this.#digestById.set(key.id, key.sha256);
    this.#byDigest.set(key.sha256, {
      id: key.id,
      consumer: key.consumer,
      scopes: new Set(key.scopes),
      expiresAtMs: key.expiresAtMs,
      revoked: key.revokedAtMs !== null,
    });
  }

  find(digest: string): KeyRecord | undefined {
    return this.#byDigest.get(digest);
  }
}
