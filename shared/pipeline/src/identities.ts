import { createUser, fromSeed } from '@nats-io/nkeys';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accountTable, type IdentityName } from './accounts.js';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Where the seed of an identity lies: one file an identity, so that each machine gets only what it runs. */
export function seedPath(credentialsDir: string, identity: IdentityName): string {
  return join(credentialsDir, `${identity}.nk`);
}

/** The seed of one identity. Throws with the path when the file cannot be read. */
export function readSeed(credentialsDir: string, identity: IdentityName): Uint8Array {
  const path = seedPath(credentialsDir, identity);
  try {
    return encoder.encode(readFileSync(path, 'utf8').trim());
  } catch (cause) {
    throw new Error(`no NATS identity for ${identity}: cannot read ${path}`, { cause });
  }
}

/** Makes the seeds that are missing (mode 0600) and yields the public key of every identity. */
export function ensureIdentities(credentialsDir: string): Record<IdentityName, string> {
  mkdirSync(credentialsDir, { recursive: true, mode: 0o700 });
  const publicKeys: Partial<Record<IdentityName, string>> = {};
  for (const account of Object.values(accountTable)) {
    for (const identity of Object.keys(account.identities) as IdentityName[]) {
      publicKeys[identity] = ensureIdentity(seedPath(credentialsDir, identity));
    }
  }
  return publicKeys as Record<IdentityName, string>;
}

function ensureIdentity(path: string): string {
  try {
    const seed = decoder.decode(createUser().getSeed());
    writeFileSync(path, seed + '\n', { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return fromSeed(encoder.encode(readFileSync(path, 'utf8').trim())).getPublicKey();
}
