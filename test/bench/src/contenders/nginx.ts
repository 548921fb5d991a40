import { join } from 'node:path';
import type { Contender } from '../contender.js';
import { startNginx } from '../start-nginx.js';

/** A proxy that checks nothing: what passing a request on costs in C. */
export const nginx: Contender = {
  name: 'nginx',
  title: 'nginx, proxy without any check',
  kind: 'proxy',
  programs: ['nginx'],
  async start(lab) {
    const port = await lab.takePort();
    const started = await startNginx({
      directory: join(lab.directory, 'nginx'),
      port,
      workers: 2,
      http: `
        upstream orders { server 127.0.0.1:${lab.upstreamPort}; keepalive 256; keepalive_requests 1000000000; }
        server {
          listen 127.0.0.1:${port};
          location / { proxy_pass http://orders; proxy_http_version 1.1; proxy_set_header Connection ""; }
        }`,
    });
    return { load: { url: `http://127.0.0.1:${port}` }, rootPids: [started.pid], stop: started.stop };
  },
};
