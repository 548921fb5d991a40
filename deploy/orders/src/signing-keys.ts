import { join } from 'node:path';

import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';

import { readPrivateJson, writePrivateFile } from './private-file.js';

/** The provider's private ES256 keys: those of the last start, or new ones (RFC 7517; the `kid` is the RFC 7638 thumbprint). */
export async function loadSigningKeys(directory: string): Promise<readonly JWK[]> {
  const path = join(directory, 'keys.json');
  const stored = await readPrivateJson(path);
  if (stored !== undefined) return readKeys(stored, path);

  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const keys = [{ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' }];
  await writePrivateFile(path, `${JSON.stringify({ keys })}\n`);
  return keys;
}

function readKeys(stored: unknown, path: string): readonly JWK[] {
  const keys = (stored as { keys?: unknown } | null)?.keys;
  if (Array.isArray(keys) && keys.length > 0) return keys as JWK[];
  throw new Error(`${path} holds no keys; delete it to have new ones made`);
}
