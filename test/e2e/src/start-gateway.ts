import { createClient } from '@clickhouse/client';
import { checkPolicyFile, formatProblem } from '@sallyport/policy';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from './eventually.js';
import { EventLog, type PublishedEvent } from './follow-events.js';

const cli = join(import.meta.dirname, '../../../bin/sallyport');

export interface GatewayOptions {
  /** Undefined starts a gateway that has no policy yet. */
  readonly policy: string | undefined;
  /** Files beside the policy file, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A row of `requests`, as far as tests look at it. */
export interface Row {
  readonly request_id: string;
  readonly route: string;
  readonly status: number;
  readonly decision: string;
  readonly stage: string;
  readonly reason: string;
  readonly consumer: string;
  readonly revision: number;
  readonly shadow: string[];
}

/** A whole gateway in processes of its own, as `sallyport up` starts it, on free ports and an empty data directory. */
export class TestGateway {
  readonly url: string;
  readonly adminUrl: string;
  readonly natsUrl: string;
  readonly dataDir: string;
  readonly #child: ReturnType<typeof spawn>;
  readonly #clickhouse: ReturnType<typeof createClient>;
  readonly #log: string[];
  readonly #events: Promise<EventLog>;
  readonly exited: Promise<number | null>;
  /** Resolves when the gateway says that it serves; rejects when it ends before. */
  readonly ready: Promise<void>;

  private constructor(ports: number[], dataDir: string, child: ReturnType<typeof spawn>, log: string[]) {
    const [port, adminPort, clickhousePort, natsPort] = ports;
    this.url = `http://127.0.0.1:${port}`;
    this.adminUrl = `http://127.0.0.1:${adminPort}`;
    this.natsUrl = `nats://127.0.0.1:${natsPort}`;
    this.dataDir = dataDir;
    this.#child = child;
    this.#log = log;
    this.#clickhouse = createClient({ url: `http://127.0.0.1:${clickhousePort}` });
    this.exited = new Promise((resolve) => child.once('exit', resolve));
    this.ready = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout! }).on('line', (line) => {
        if (line.startsWith('ready ')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`sallyport up ended with ${code}:\n${log.slice(-20).join('\n')}`)));
    });
    this.#events = this.ready.then(() => EventLog.follow(this.natsUrl, join(dataDir, 'credentials')));
    this.ready.catch(() => {});
    this.#events.catch(() => {});
  }

  static async start(options: GatewayOptions): Promise<TestGateway> {
    const gateway = await TestGateway.launch(options);
    await gateway.ready;
    return gateway;
  }

  /** Starts a gateway and does not wait until it serves. */
  static async launch({ policy, files, env }: GatewayOptions): Promise<TestGateway> {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
    const dataDir = join(dir, 'data');
    // A data directory that has been in use goes on with the revision in force, here none.
    if (policy === undefined) mkdirSync(join(dataDir, 'nats'), { recursive: true, mode: 0o700 });
    const config = policy === undefined ? [] : ['-c', writePolicy(dir, policy, files)];
    const ports = await freePorts(4);
    const flags = ['--port', '--admin-port', '--clickhouse-port', '--nats-port'].flatMap((flag, i) => [flag, String(ports[i])]);
    const child = spawn(process.execPath, [cli, 'up', ...config, '--data', dataDir, ...flags], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log: string[] = [];
    createInterface({ input: child.stderr! }).on('line', (line) => log.push(line));
    return new TestGateway(ports, dataDir, child, log);
  }

  /** What the services have said. */
  get log(): readonly string[] {
    return this.#log;
  }

  get token(): string {
    return (JSON.parse(readFileSync(join(this.dataDir, 'admin.json'), 'utf8')) as { token: string }).token;
  }

  async admin<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.adminUrl + path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** Applies a policy; resolves with the revision once every instance serves it. */
  async apply(policy: string, files?: Readonly<Record<string, string>>): Promise<number> {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-policy-'));
    const checked = await checkPolicyFile(writePolicy(dir, policy, files), process.env);
    rmSync(dir, { recursive: true });
    if (!checked.ok) throw new Error(checked.problems.map(formatProblem).join('\n'));
    const { document, source } = checked;
    return (await this.admin<{ revision: number }>('POST', '/api/v1/revisions', { document, source })).revision;
  }

  async mintKey(consumer: string, scopes: readonly string[]): Promise<{ id: string; key: string }> {
    return this.admin('POST', '/api/v1/keys', { consumer, scopes });
  }

  async sql<T>(query: string): Promise<T[]> {
    const result = await this.#clickhouse.query({ query, format: 'JSONEachRow' });
    return result.json<T>();
  }

  /** The rows of one request; waits until there is one. */
  rowsOf(requestId: string): Promise<Row[]> {
    return eventually(`a row of request ${requestId}`, async () => {
      const rows = await this.sql<Row>(`SELECT * FROM requests WHERE request_id = '${requestId}'`);
      return rows.length > 0 ? rows : undefined;
    });
  }

  /** The subjects of one request's security events, as a subscriber sees them; waits until there is one, on the bus and in the table. */
  async eventsOf(requestId: string): Promise<readonly string[]> {
    await eventually(`an event of request ${requestId}`, async () => {
      const rows = await this.sql<{ type: string }>(`SELECT type FROM security_events WHERE request_id = '${requestId}'`);
      return rows.length > 0 ? rows : undefined;
    });
    const log = await this.#events;
    return eventually(`a published event of request ${requestId}`, async () => log.ofRequest(requestId));
  }

  /** Events that concern no request, by their type. */
  async eventsOfType(type: string): Promise<readonly PublishedEvent[]> {
    return (await this.#events).ofType(type);
  }

  /** Process ids of a service's instances here, or of nats-server. */
  async pids(service: string): Promise<number[]> {
    if (service === 'nats-server') return [Number(readFileSync(join(this.dataDir, 'nats/nats.pid'), 'utf8'))];
    const { instances } = await this.admin<{ instances: { service: string; pid: number }[] }>('GET', '/api/v1/status');
    return instances.filter((instance) => instance.service === service).map(({ pid }) => pid);
  }

  /** Ctrl-C; resolves with the exit code. */
  async stop(): Promise<number | null> {
    await this.#clickhouse.close();
    await this.#events.then((log) => log.close()).catch(() => {});
    if (this.#child.exitCode === null) this.#child.kill('SIGINT');
    const code = await this.exited;
    rmSync(join(this.dataDir, '..'), { recursive: true, force: true });
    return code;
  }
}

function writePolicy(dir: string, policy: string, files: Readonly<Record<string, string>> = {}): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  const file = join(dir, 'sallyport.yaml');
  writeFileSync(file, policy);
  return file;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () =>
      new Promise<ReturnType<typeof createServer>>((resolve) => {
        const server = createServer();
        server.listen(0, '127.0.0.1', () => resolve(server));
      }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
