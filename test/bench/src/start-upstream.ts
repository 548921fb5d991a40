import { join } from 'node:path';
import { startNginx } from './start-nginx.js';
import type { StartedProcess } from './start-process.js';

/** What the upstream answers to everything: an order of some 200 bytes. */
export const orderJson = JSON.stringify({
  id: 42,
  customer: { id: 'c-1093', name: 'Example Trading Ltd' },
  status: 'shipped',
  items: [{ sku: 'A-100', quantity: 2, price: '19.90' }],
  total: '39.80',
  currency: 'EUR',
  placed: '2026-01-15T09:30:00Z',
});

/** Starts the upstream that all contenders share: one process, keep-alive, no work. Its CPU counts for nobody. */
export function startUpstream(directory: string, port: number): Promise<StartedProcess> {
  return startNginx({
    directory: join(directory, 'upstream'),
    port,
    workers: 1,
    http: `server {
      listen 127.0.0.1:${port};
      location / { default_type application/json; return 200 '${orderJson}'; }
    }`,
  });
}
