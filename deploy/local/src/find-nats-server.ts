import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { UpError } from './lock-data-dir.js';

/** Where `nats-server` lies: `SALLYPORT_NATS_SERVER`, else PATH, else where Debian puts servers. */
export function findNatsServer(env: NodeJS.ProcessEnv = process.env): string {
  const named = env['SALLYPORT_NATS_SERVER'];
  if (named !== undefined && named !== '') return named;
  const dirs = [...(env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'];
  for (const dir of dirs) {
    const path = join(dir, 'nats-server');
    if (dir !== '' && existsSync(path)) return path;
  }
  throw new UpError('nats-server is not installed; `npm run setup` installs it, or set NATS_URL to a server of your own');
}
