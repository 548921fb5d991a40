import { createHash, type KeyObject, sign, verify } from 'node:crypto';

/**
 * What control writes lies in one append-only log (the NATS KV bucket `control`): revisions, minted keys, revocations.
 * An entry's content is preceded by control's Ed25519 signature (RFC 8032) over subject, sequence number and content, so
 * that it holds at its own place only.
 */
const signatureBytes = 64;

export const controlSubjectPrefix = '$KV.control.';

function signedBytes(subject: string, sequence: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${subject}\n${sequence}\n`), content]);
}

export function signEntry(key: KeyObject, subject: string, sequence: number, content: Uint8Array): Buffer {
  return Buffer.concat([sign(null, signedBytes(subject, sequence, content), key), content]);
}

/** The content of an entry, or undefined when the signature does not hold for this subject and sequence. */
export function verifyEntry(key: KeyObject, subject: string, sequence: number, entry: Buffer): Buffer | undefined {
  if (entry.length < signatureBytes) return undefined;
  const content = entry.subarray(signatureBytes);
  const holds = verify(null, signedBytes(subject, sequence, content), key, entry.subarray(0, signatureBytes));
  return holds ? content : undefined;
}

/** A revision: the manifest that follows its parts in the log. */
export interface RevisionManifest {
  readonly revision: number;
  /** SHA-256 (hex) of the parts put together. */
  readonly sha256: string;
  readonly parts: number;
  readonly createdAtMs: number;
  readonly author: string;
  readonly message: string;
}

/** An API key minted by control; the key itself is nowhere, its SHA-256 alone. */
export interface MintedKey {
  readonly id: string;
  readonly consumer: string;
  readonly sha256: string;
  readonly scopes: readonly string[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

/** A token id or a subject whose tokens no longer count, from `revokedAtMs` on. */
export interface Revocation {
  readonly kind: 'token-id' | 'subject' | 'key';
  readonly value: string;
  readonly revokedAtMs: number;
}

export const controlSubjects = {
  revisionPart: (revision: number, part: number) => `${controlSubjectPrefix}revision.${revision}.part.${part}`,
  revision: (revision: number) => `${controlSubjectPrefix}revision.${revision}`,
  key: (id: string) => `${controlSubjectPrefix}key.${id}`,
  /** The value may hold anything, so its digest names the subject. */
  revocation: (kind: Revocation['kind'], value: string) =>
    `${controlSubjectPrefix}revocation.${kind}.${createHash('sha256').update(value).digest('hex').slice(0, 32)}`,
};
