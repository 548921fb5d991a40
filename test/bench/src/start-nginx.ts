import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess, type StartedProcess } from './start-process.js';

export interface NginxOptions {
  readonly directory: string;
  readonly port: number;
  readonly workers: number;
  /** Blocks inside `http { … }`. */
  readonly http: string;
}

/** Starts nginx in the foreground with nothing of the machine's own configuration. Resolves when it serves. */
export async function startNginx({ directory, port, workers, http }: NginxOptions): Promise<StartedProcess> {
  mkdirSync(directory, { recursive: true });
  const configFile = join(directory, 'nginx.conf');
  writeFileSync(configFile, configure(workers, http));
  const nginx = startProcess('nginx', ['-p', directory, '-e', 'stderr', '-c', configFile]);
  await nginx.waitForPort(port, 5000);
  return nginx;
}

function configure(workers: number, http: string): string {
  // Workers of root would otherwise run as nobody and not reach the directory.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `
    ${user}
    daemon off;
    ${workers === 1 ? 'master_process off;' : ''}
    worker_processes ${workers};
    pid nginx.pid;
    events { worker_connections 4096; }
    http {
      access_log off;
      keepalive_requests 1000000000;
      keepalive_timeout 1h;
      client_body_temp_path client; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
      ${http}
    }
  `;
}
