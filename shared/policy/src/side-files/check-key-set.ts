import { createPublicKey, type JsonWebKey as NodeJsonWebKey } from 'node:crypto';
import type { JsonWebKey } from '../document.js';

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const KNOWN_TYPES = ['EC', 'RSA', 'OKP'];
const MIN_RSA_BITS = 2048;

export type KeySetResult = { readonly ok: true; readonly jwks: { readonly keys: readonly JsonWebKey[] } } | { readonly ok: false; readonly message: string };

/** A JSON Web Key Set (RFC 7517 §5) of public keys, at least one of them for signatures. */
export function checkKeySet(value: unknown): KeySetResult {
  const keys = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined;
  if (!Array.isArray(keys)) return { ok: false, message: 'is not a JSON Web Key Set: it has no list "keys"' };
  for (const [i, key] of keys.entries()) {
    const message = findFault(key);
    if (message !== null) return { ok: false, message: `keys[${i}] ${message}` };
  }
  const jwks = { keys: keys as JsonWebKey[] };
  const isUsable = jwks.keys.some((key) => KNOWN_TYPES.includes(key.kty) && key['use'] !== 'enc');
  return isUsable ? { ok: true, jwks } : { ok: false, message: 'has no key that could verify a signature' };
}

function findFault(key: unknown): string | null {
  if (typeof key !== 'object' || key === null || !('kty' in key) || typeof key.kty !== 'string') return 'is not a key: it has no "kty"';
  if (key.kty === 'oct' || PRIVATE_MEMBERS.some((member) => member in key)) return 'is a secret: give public keys only';
  if (!KNOWN_TYPES.includes(key.kty)) return null;
  try {
    const bits = createPublicKey({ key: key as NodeJsonWebKey, format: 'jwk' }).asymmetricKeyDetails?.modulusLength;
    return bits !== undefined && bits < MIN_RSA_BITS ? `is an RSA key of less than ${MIN_RSA_BITS} bits` : null;
  } catch {
    return 'is not a valid public key';
  }
}
