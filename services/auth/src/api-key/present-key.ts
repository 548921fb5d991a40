import { hash } from 'node:crypto';
import { absent, createPrincipal, type Presented, type Principal, refused } from '../principal.js';

/** An API key as the gateway knows it: by its SHA-256 alone. */
export interface KeyRecord {
  readonly id: string;
  readonly consumer: string;
  readonly scopes: ReadonlySet<string>;
  readonly expiresAtMs: number | null;
  readonly revoked: boolean;
}

export interface ApiKeyAlternative {
  readonly kind: 'apiKey';
  readonly in: 'header' | 'query' | 'cookie';
  readonly name: string;
  /** Keys of the policy file, by SHA-256 in hex. */
  readonly keys: ReadonlyMap<string, KeyRecord>;
  readonly rolesOf: (consumer: string) => ReadonlySet<string>;
  /** Whether the revision has this consumer; a minted key of one that was removed does not count. */
  readonly hasConsumer: (consumer: string) => boolean;
  /** Principals made under this revision, by key. */
  readonly principals: Map<KeyRecord, Principal>;
}

/** Judges a presented key. Who guesses learns nothing; who holds the right key may learn that it is revoked or expired. */
export function presentKey(
  alternative: ApiKeyAlternative,
  key: string | undefined,
  minted: { find(digest: string): KeyRecord | undefined },
  isRevoked: (keyId: string) => boolean,
  nowMs: number,
): Presented {
  if (key === undefined || key === '') return absent;
  const digest = hash('sha256', key, 'hex');
  const record = alternative.keys.get(digest) ?? minted.find(digest);
  if (record === undefined || !alternative.hasConsumer(record.consumer)) {
    return refused('credential_invalid', 'The API key is not valid.');
  }
  if (record.revoked || isRevoked(record.id)) return refused('credential_revoked', 'The API key has been revoked.');
  if (record.expiresAtMs !== null && record.expiresAtMs <= nowMs) {
    return refused('credential_expired', 'The API key has expired.');
  }
  return { kind: 'principal', principal: principalOf(alternative, record) };
}

function principalOf(alternative: ApiKeyAlternative, record: KeyRecord): Principal {
  let principal = alternative.principals.get(record);
  if (principal === undefined) {
    principal = createPrincipal({
      consumer: record.consumer,
      credentialKind: 'apiKey',
      credentialId: record.id,
      scopes: record.scopes,
      roles: alternative.rolesOf(record.consumer),
      expiresAtS: record.expiresAtMs === null ? 0 : Math.floor(record.expiresAtMs / 1000),
    });
    alternative.principals.set(record, principal);
  }
  return principal;
}
