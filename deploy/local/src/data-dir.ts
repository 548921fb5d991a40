import { ensureControlKeys, ensureIdentities, type IdentityName } from '@sallyport/pipeline';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What one `sallyport up` keeps: keys, stores, and where its admin API is found. */
export interface DataDir {
  readonly path: string;
  readonly credentialsDir: string;
  readonly publicKeys: Record<IdentityName, string>;
  readonly adminTokenFile: string;
  readonly recorderPasswordFile: string;
  readonly natsDir: string;
}

/** Makes what is missing in a data directory; everything in it is for its owner only. */
export function openDataDir(path: string): DataDir {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const credentialsDir = join(path, 'credentials');
  const publicKeys = ensureIdentities(credentialsDir);
  ensureControlKeys(credentialsDir);
  const natsDir = join(path, 'nats');
  mkdirSync(natsDir, { recursive: true, mode: 0o700 });
  return {
    path,
    credentialsDir,
    publicKeys,
    adminTokenFile: ensureSecret(join(credentialsDir, 'admin.token')),
    recorderPasswordFile: ensureSecret(join(credentialsDir, 'recorder.password')),
    natsDir,
  };
}

function ensureSecret(path: string): string {
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString('base64url') + '\n', { mode: 0o600, flag: 'wx' });
  return path;
}

/** Further files of the credentials directory that a service needs. */
const furtherFiles: Readonly<Record<string, readonly string[]>> = {
  control: ['control.key', 'admin.token'],
  recorder: ['recorder.password'],
  warehouse: ['recorder.password'],
};

/** A directory with the credentials of one service and of no other, so that a stolen one opens nothing else. */
export function serviceCredentials(dataDir: DataDir, service: string): string {
  const { credentialsDir } = dataDir;
  const dir = join(credentialsDir, 'services', service);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const own = readdirSync(credentialsDir).filter((file) => file.endsWith('.nk') && file.split('.')[0] === service);
  for (const file of [...own, 'control.pub', ...(furtherFiles[service] ?? [])]) {
    copyFileSync(join(credentialsDir, file), join(dir, file));
  }
  return dir;
}

/** Writes where the admin API is and the token for it, for the other commands. */
export function writeAdminFile(dataDir: DataDir, url: string): string {
  const token = readFileSync(dataDir.adminTokenFile, 'utf8').trim();
  writeFileSync(join(dataDir.path, 'admin.json'), JSON.stringify({ url, token }, null, 2) + '\n', { mode: 0o600 });
  return token;
}
