import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdminClient } from './admin-client.js';
import { type Addresses, localHost } from './cluster-plan.js';
import type { DataDir } from './data-dir.js';

/** An API key of the example's consumer; minted once a data directory. */
export async function prepareDemo(dataDir: DataDir, admin: AdminClient): Promise<string> {
  const file = join(dataDir.path, 'demo.json');
  if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { key: string }).key;
  const { key } = await admin.post<{ key: string }>('/api/v1/keys', {
    consumer: 'acme',
    scopes: ['orders:read', 'orders:write'],
  });
  writeFileSync(file, JSON.stringify({ key }, null, 2) + '\n', { mode: 0o600 });
  return key;
}

/** What a newcomer can try, line by line. */
export function demoHints(addresses: Addresses, key: string): string[] {
  const gateway = `http://${localHost}:${addresses.port}`;
  return [
    '',
    'Try it:',
    `  allowed        curl -i -H 'x-api-key: ${key}' ${gateway}/orders`,
    `  denied         curl -i ${gateway}/orders`,
    `  rate limited   for i in $(seq 10); do curl -s -o /dev/null -w '%{http_code}\\n' ${gateway}/health; done`,
    '  watch events   bin/sallyport events --follow',
    `  ask in SQL     bin/sallyport sql 'SELECT ts, route, status, reason FROM requests ORDER BY ts DESC LIMIT 10'`,
    `  admin API      http://${localHost}:${addresses.adminPort}/api/v1/openapi.json`,
    '',
    'Ctrl-C stops everything.',
  ];
}
