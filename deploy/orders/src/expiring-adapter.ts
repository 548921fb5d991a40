import type { Adapter, AdapterPayload } from 'oidc-provider';

/**
 * Keeps one kind of the provider's artifacts in memory until they expire. Enough for client credentials: their access
 * tokens carry everything themselves and are never stored.
 */
export class ExpiringAdapter implements Adapter {
  readonly #entries = new Map<string, { payload: AdapterPayload; readonly expiresAtMs: number }>();

  async upsert(id: string, payload: AdapterPayload, expiresInS?: number): Promise<void> {
    this.#dropExpired();
    this.#entries.set(id, { payload, expiresAtMs: expiresInS === undefined ? Infinity : Date.now() + expiresInS * 1000 });
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    this.#dropExpired();
    return this.#entries.get(id)?.payload;
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#search((payload) => payload.uid === uid);
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#search((payload) => payload.userCode === userCode);
  }

  async consume(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.payload = { ...entry.payload, consumed: Math.floor(Date.now() / 1000) };
  }

  async destroy(id: string): Promise<void> {
    this.#entries.delete(id);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [id, { payload }] of this.#entries) if (payload.grantId === grantId) this.#entries.delete(id);
  }

  #search(matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    this.#dropExpired();
    for (const { payload } of this.#entries.values()) if (matches(payload)) return payload;
    return undefined;
  }

  #dropExpired(): void {
    const nowMs = Date.now();
    for (const [id, { expiresAtMs }] of this.#entries) if (expiresAtMs <= nowMs) this.#entries.delete(id);
  }
}
