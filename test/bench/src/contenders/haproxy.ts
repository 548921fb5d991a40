import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from '../contender.js';
import { type Algorithm, audience, issuer } from '../mint-tokens.js';
import { startProcess } from '../start-process.js';

export const haproxy = describeHaproxy('haproxy', 'ES256');
/** The signature that is cheaper to verify; HAProxy verifies every request anew. */
export const haproxyRs256: Contender = { ...describeHaproxy('haproxy-rs256', 'RS256'), optional: true };

function describeHaproxy(name: string, algorithm: Algorithm): Contender {
  return {
    name,
    title: `HAProxy, jwt_verify ${algorithm}`,
    kind: 'peer',
    programs: ['haproxy'],
    algorithm,
    refusalStatus: 400,
    async start(lab) {
      const directory = join(lab.directory, name);
      mkdirSync(directory);
      const keyFile = join(directory, 'public.pem');
      const configFile = join(directory, 'haproxy.cfg');
      const port = await lab.takePort();
      writeFileSync(keyFile, (await lab.credentials(algorithm)).publicPem);
      writeFileSync(configFile, configure({ port, upstreamPort: lab.upstreamPort, keyFile, algorithm }));
      const started = startProcess('haproxy', ['-db', '-f', configFile]);
      await started.waitForPort(port, 5000);
      return { load: { url: `http://127.0.0.1:${port}` }, rootPids: [started.pid], stop: started.stop };
    },
  };
}

interface Settings {
  readonly port: number;
  readonly upstreamPort: number;
  readonly keyFile: string;
  readonly algorithm: Algorithm;
}

function configure({ port, upstreamPort, keyFile, algorithm }: Settings): string {
  return `
global
  nbthread 2
  maxconn 4096

defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always

backend consumers
  stick-table type string len 64 size 100k expire 60s store http_req_rate(1s)

frontend gateway
  bind 127.0.0.1:${port}
  http-request set-var(txn.bearer) http_auth_bearer
  http-request deny deny_status 401 unless { var(txn.bearer) -m found }
  http-request set-var(txn.claims) var(txn.bearer),field(2,.),ub64dec
  http-request set-var(txn.now) date()
  http-request set-var(txn.azp) var(txn.claims),json_query('$.azp')
  http-request deny deny_status 401 unless { var(txn.claims),json_query('$.iss') -m str ${issuer} }
  http-request deny deny_status 401 unless { var(txn.claims),json_query('$.aud') -m str ${audience} }
  http-request deny deny_status 401 if { var(txn.claims),json_query('$.exp','int'),sub(txn.now) -m int lt 0 }
  http-request deny deny_status 401 unless { var(txn.bearer),jwt_verify("${algorithm}","${keyFile}") -m int 1 }
  http-request track-sc0 var(txn.azp) table consumers
  http-request deny deny_status 429 if { sc_http_req_rate(0) gt 1000000 }
  http-request deny deny_status 400 unless { path -m reg ^/orders/[0-9]+$ }
  http-request deny deny_status 400 unless { url_param(expand) -m str items customer }
  default_backend orders

backend orders
  server orders 127.0.0.1:${upstreamPort}
`;
}
