import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkKeySet } from './check-key-set.js';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const publicKeys = [ec, ed].map((pair) => pair.publicKey.export({ format: 'jwk' }));

test('public keys pass, and so do keys of kinds that are not known', () => {
  const value = { keys: [...publicKeys, { kty: 'AKP', alg: 'ML-DSA-44', pub: 'a' }] };
  expect(checkKeySet(value)).toEqual({ ok: true, jwks: { keys: value.keys } });
});

function messageFor(...keys: unknown[]): string | null {
  const result = checkKeySet({ keys });
  return result.ok ? null : result.message;
}

test('secrets, weak, broken and useless keys do not', () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  expect(messageFor(publicKeys[0], ec.privateKey.export({ format: 'jwk' }))).toBe('keys[1] is a secret: give public keys only');
  expect(messageFor({ kty: 'oct', k: 'c2VjcmV0' })).toBe('keys[0] is a secret: give public keys only');
  expect(messageFor(weak)).toBe('keys[0] is an RSA key of less than 2048 bits');
  expect(messageFor({ kty: 'EC', crv: 'P-256', x: 'a', y: 'b' })).toBe('keys[0] is not a valid public key');
  expect(messageFor(null)).toBe('keys[0] is not a key: it has no "kty"');
  expect(messageFor({ ...publicKeys[0], use: 'enc' })).toBe('has no key that could verify a signature');
  expect(messageFor()).toBe('has no key that could verify a signature');
});
