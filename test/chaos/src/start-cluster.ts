import { eventually, TestGateway, Upstream } from '@sallyport/e2e';
import { openDataDir, serviceProcess, type ServiceName, SupervisedProcess } from '@sallyport/local';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contract, policy } from './kinds.js';

export type ProcessName = ServiceName | 'nats-server';

/** A gateway with an upstream behind it, whose processes can be killed, stopped, and had twice. */
export class Cluster {
  readonly gateway: TestGateway;
  readonly upstream: Upstream;
  readonly key: string;
  readonly #added: SupervisedProcess[] = [];

  private constructor(gateway: TestGateway, upstream: Upstream, key: string) {
    this.gateway = gateway;
    this.upstream = upstream;
    this.key = key;
  }

  static async start(): Promise<Cluster> {
    const upstream = await Upstream.start();
    const gateway = await TestGateway.start({ files: { 'contract.yaml': contract }, policy: policy(upstream.url) });
    const { key } = await gateway.mintKey('acme', ['read']);
    const { status } = await fetch(`${gateway.url}/spent`);
    if (status !== 200) throw new Error(`the one request that may be spent was answered ${status}`);
    return new Cluster(gateway, upstream, key);
  }

  /** Process ids of all instances of a service, or of nats-server. */
  pids(name: ProcessName): number[] {
    const { dataDir } = this.gateway;
    if (name === 'nats-server') return [Number(readFileSync(join(dataDir, 'nats/nats.pid'), 'utf8'))];
    const supervisor = readFileSync(join(dataDir, 'up.pid'), 'utf8');
    const first = execFileSync('pgrep', ['-P', supervisor, '-f', `services/${name}/dist/main.js`]).toString().trim().split('\n').map(Number);
    const added = this.#added.filter(({ spec, pid }) => spec.name === name && pid !== undefined);
    return [...first, ...added.map(({ pid }) => pid!)];
  }

  /** Starts one more instance of a service, supervised as the others are; resolves when it is ready. */
  async addInstance(service: Exclude<ServiceName, 'ingress' | 'control' | 'warehouse'>): Promise<void> {
    const { url, adminUrl, natsUrl, clickhouseUrl, dataDir } = this.gateway;
    const portOf = (address: string) => Number(new URL(address).port);
    const spec = serviceProcess(
      openDataDir(dataDir),
      {
        port: portOf(url),
        adminPort: portOf(adminUrl),
        natsPort: portOf(natsUrl),
        clickhousePort: portOf(clickhouseUrl),
        natsUrl: undefined,
        clickhouseUrl: undefined,
      },
      service,
    );
    const process = new SupervisedProcess(spec, { onLine: () => {}, onExit: () => {} });
    this.#added.push(process);
    await process.start().ready;
  }

  /** The ids that instances of a service go by, once there are `count` of them. */
  instances(service: ServiceName, count: number): Promise<string[]> {
    return eventually(`${count} instances of ${service}`, async () => {
      const { instances } = await this.gateway.admin<{ instances: { service: string; instance: string }[] }>('GET', '/api/v1/status');
      const ids = instances.filter((one) => one.service === service).map(({ instance }) => instance);
      return ids.length === count ? ids : undefined;
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#added.map((process) => process.stop()));
    await this.gateway.stop();
    await this.upstream.stop();
  }
}
