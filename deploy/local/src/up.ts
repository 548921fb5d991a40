import { checkPolicyFile } from '@sallyport/policy';
import { AdminClient } from './admin-client.js';
import { checkPorts, type PortUse } from './check-ports.js';
import { type Addresses, demoProcesses, localHost, natsServer, serviceProcess, type ServiceName } from './cluster-plan.js';
import { type DataDir, openDataDir, writeAdminFile } from './data-dir.js';
import { demoHints, prepareDemo } from './demo.js';
import { lockDataDir, UpError } from './lock-data-dir.js';
import { renderLogLine } from './render-log-line.js';
import { type ProcessListener, SupervisedProcess, type ProcessSpec } from './supervised-process.js';

export interface UpOptions extends Addresses {
  /** The policy file to apply; undefined goes on with the revision in force. */
  readonly config: string | undefined;
  readonly dataDir: string;
  readonly demo: boolean;
  /** Progress and the services' log lines. */
  readonly progress: (line: string) => void;
  /** What programs read: the line `ready …` and, for the demo, what to try. */
  readonly output: (line: string) => void;
}

/** Crashes in a row after which the operator is told that a service will not start. */
const hopelessCrashes = 5;
const readyTimeoutMs = 60_000;

/** What nats-server says of every start. */
const chatter = /^\[\d+\] \S+ \S+ \[INF\]/;

/** Order of starting; the reverse is the order of stopping, so that what is under way can finish. */
const stages: readonly ServiceName[] = ['quota', 'auth', 'validation', 'routing'];

/** Everything of one gateway on this machine: started in order, kept alive, stopped in the reverse order. */
export class Gateway {
  readonly #options: UpOptions;
  readonly #processes: SupervisedProcess[] = [];
  #unlock: () => void = () => {};
  #stopping: Promise<void> | undefined;

  constructor(options: UpOptions) {
    this.#options = options;
  }

  /** Throws `UpError` for what the operator has to mend, before anything has been started wherever that can be seen. */
  async start(): Promise<void> {
    const { config, output, port, demo } = this.#options;
    const policy = config === undefined ? undefined : await readPolicy(config);
    const dataDir = openDataDirOrExplain(this.#options.dataDir);
    this.#unlock = lockDataDir(dataDir.path);
    await checkPorts(this.#portUses());
    const token = writeAdminFile(dataDir, this.#adminUrl);
    const admin = new AdminClient(this.#adminUrl, token);

    await this.#startStores(dataDir);
    await this.#startServices(dataDir, ['control', 'recorder']);
    await this.#waitFor('the admin API', () => admin.isUp('/healthz'));
    if (policy !== undefined) await admin.post('/api/v1/revisions', { ...policy, message: `up -c ${config}` });
    await this.#startServices(dataDir, stages);
    await this.#startServices(dataDir, ['ingress']);
    await this.#waitFor('all services to serve one revision', () => admin.isUp('/readyz'));
    output(`ready http://${localHost}:${port}`);
    if (demo) for (const line of demoHints(this.#options, await prepareDemo(dataDir, admin))) output(line);
  }

  get #adminUrl(): string {
    return `http://${localHost}:${this.#options.adminPort}`;
  }

  #portUses(): PortUse[] {
    const { port, adminPort, clickhousePort, natsPort, natsUrl, clickhouseUrl, demo } = this.#options;
    return [
      { host: '0.0.0.0', port, flag: '--port', what: 'gateway' },
      { host: localHost, port: adminPort, flag: '--admin-port', what: 'admin API' },
      ...(natsUrl === undefined ? [{ host: localHost, port: natsPort, flag: '--nats-port', what: 'NATS' }] : []),
      ...(clickhouseUrl === undefined
        ? [{ host: localHost, port: clickhousePort, flag: '--clickhouse-port', what: 'ClickHouse' }]
        : []),
      ...(demo
        ? [
            { host: localHost, port: 7001, flag: 'the example', what: 'upstream of the example' },
            { host: localHost, port: 7002, flag: 'the example', what: 'identity provider of the example' },
          ]
        : []),
    ];
  }

  async #startStores(dataDir: DataDir): Promise<void> {
    const { natsUrl, clickhouseUrl, demo } = this.#options;
    const specs: ProcessSpec[] = [];
    if (natsUrl === undefined) specs.push(natsServer(dataDir, this.#options));
    if (demo) specs.push(...demoProcesses(dataDir));
    await this.#startAll(specs);
    if (clickhouseUrl === undefined) await this.#startServices(dataDir, ['warehouse']);
  }

  #startServices(dataDir: DataDir, services: readonly ServiceName[]): Promise<void> {
    return this.#startAll(services.map((service) => serviceProcess(dataDir, this.#options, service)));
  }

  async #startAll(specs: readonly ProcessSpec[]): Promise<void> {
    if (specs.length === 0 || this.#stopping !== undefined) return;
    this.#options.progress(`starting ${specs.map(({ name }) => name).join(', ')}`);
    const started = specs.map((spec) => new SupervisedProcess(spec, this.#listener).start());
    this.#processes.push(...started);
    for (const process of started) await this.#withTimeout(process.ready, process.spec.name);
  }

  readonly #listener: ProcessListener = {
    onLine: (name, line) => {
      if (!chatter.test(line)) this.#options.progress(`${name} | ${renderLogLine(line)}`);
    },
    onExit: (name, code, signal, restartInMs) => {
      this.#options.progress(`${name} ended (${signal ?? `code ${code}`}); it is started again in ${restartInMs} ms`);
      const process = this.#processes.find(({ spec }) => spec.name === name);
      if (process?.crashes === hopelessCrashes) {
        this.#options.progress(`${name} has ended ${hopelessCrashes} times in a row; see its lines above`);
      }
    },
  };

  async #waitFor(what: string, probe: () => Promise<boolean>): Promise<void> {
    const poll = async () => {
      while (this.#stopping === undefined && !(await probe())) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await this.#withTimeout(poll(), what);
  }

  async #withTimeout(work: Promise<void>, what: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new UpError(`waited ${readyTimeoutMs / 1000} s in vain for ${what}; its lines above say more`)),
        readyTimeoutMs,
      );
    });
    try {
      await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Drains and stops everything that was started, the last first. */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      for (const group of this.#stopOrder()) await Promise.all(group.map((process) => process.stop()));
      this.#unlock();
    })();
    return this.#stopping;
  }

  #stopOrder(): SupervisedProcess[][] {
    const order = [['ingress'], stages, ['recorder', 'control'], ['warehouse', 'orders', 'identity-provider'], ['nats-server']];
    return order.map((names) => this.#processes.filter(({ spec }) => (names as readonly string[]).includes(spec.name)));
  }

  /** Ends everything at once. */
  kill(): void {
    for (const process of this.#processes) process.kill();
    this.#unlock();
  }
}

async function readPolicy(config: string): Promise<{ document: unknown; source: string }> {
  const checked = await checkPolicyFile(config, process.env);
  if (checked.ok) return { document: checked.document, source: checked.source };
  const lines = checked.problems.map(({ file, line, col, message }) => `${file}:${line}:${col}: ${message}`);
  throw new UpError(lines.join('\n'));
}

function openDataDirOrExplain(path: string): DataDir {
  try {
    return openDataDir(path);
  } catch (error) {
    throw new UpError(`cannot use the data directory ${path}: ${(error as Error).message}`);
  }
}
