import { generateKeyPairSync } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes control's Ed25519 key pair unless it is there: `control.key` signs the control log, `control.pub` checks it. */
export function ensureControlKeys(credentialsDir: string): void {
  const privateFile = join(credentialsDir, 'control.key');
  if (existsSync(privateFile)) return;
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(join(credentialsDir, 'control.pub'), publicKey.export({ type: 'spki', format: 'pem' }), { mode: 0o644 });
  writeFileSync(privateFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
}
