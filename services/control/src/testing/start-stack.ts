import { ensureControlKeys, ensureIdentities, renderNatsConfig } from '@sallyport/pipeline';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const recorderPassword = 'password-of-the-recorder';
const servicesDir = fileURLToPath(new URL('../../..', import.meta.url));

export interface RunningProcess {
  readonly child: ChildProcess;
  /** All it has written to standard error so far. */
  readonly log: () => string;
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

/** A broker with the accounts of a gateway, on a directory of its own, and whichever services are started on it. */
export class Stack {
  readonly dir = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
  readonly credentialsDir = join(this.dir, 'credentials');
  readonly token = 'token-of-the-admin-in-tests';
  readonly clickhousePort: number;
  readonly natsPort: number;
  readonly #running: RunningProcess[] = [];
  #broker: RunningProcess | undefined;

  private constructor(natsPort: number, clickhousePort: number) {
    this.natsPort = natsPort;
    this.clickhousePort = clickhousePort;
    const publicKeys = ensureIdentities(this.credentialsDir);
    ensureControlKeys(this.credentialsDir);
    writeFileSync(join(this.dir, 'admin.token'), this.token, { mode: 0o600 });
    writeFileSync(join(this.dir, 'recorder.password'), recorderPassword, { mode: 0o600 });
    writeFileSync(
      join(this.dir, 'nats.conf'),
      renderNatsConfig({ host: '127.0.0.1', port: natsPort, storeDir: join(this.dir, 'jetstream'), publicKeys }),
    );
  }

  /** Starts the broker. */
  static async start(): Promise<Stack> {
    const stack = new Stack(await freePort(), await freePort());
    await stack.startBroker();
    return stack;
  }

  async startBroker(): Promise<void> {
    this.#broker = run('nats-server', ['-c', join(this.dir, 'nats.conf')], {});
    while (!(await answers(this.natsPort))) {
      if (this.#broker.child.exitCode !== null) throw new Error(`nats-server ended:\n${this.#broker.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stopBroker(): Promise<void> {
    await this.#broker?.stop();
  }

  /** Starts control and resolves with where its admin API is. */
  async startControl(): Promise<{ url: string; process: RunningProcess }> {
    const port = await freePort();
    const process = await this.startService('control', { SALLYPORT_ADMIN_PORT: String(port) });
    const url = `http://127.0.0.1:${port}`;
    writeFileSync(join(this.dir, 'admin.json'), JSON.stringify({ url, token: this.token }), { mode: 0o600 });
    return { url, process };
  }

  /** Starts one instance of a service, as it was built, and waits until it is ready. */
  async startService(service: string, env: Readonly<Record<string, string>> = {}): Promise<RunningProcess> {
    const started = run(process.execPath, [join(servicesDir, service, 'dist', 'main.js')], {
      NATS_URL: `nats://127.0.0.1:${this.natsPort}`,
      CLICKHOUSE_URL: `http://127.0.0.1:${this.clickhousePort}`,
      CLICKHOUSE_PORT: String(this.clickhousePort),
      SALLYPORT_CREDENTIALS_DIR: this.credentialsDir,
      SALLYPORT_DATA_DIR: this.dir,
      SALLYPORT_ADMIN_TOKEN_FILE: join(this.dir, 'admin.token'),
      SALLYPORT_RECORDER_PASSWORD_FILE: join(this.dir, 'recorder.password'),
      LOG_LEVEL: 'warn',
      ...env,
    });
    this.#running.push(started);
    const ended = once(started.child, 'exit').then(() => {
      throw new Error(`${service} ended before it was ready:\n${started.log()}`);
    });
    await Promise.race([once(started.child, 'message'), ended]);
    ended.catch(() => {});
    return started;
  }

  /** Writes rows as the recorder does, past the bus; rejects when ClickHouse refuses them. */
  async insertRows(table: string, rows: readonly object[]): Promise<void> {
    const query = encodeURIComponent(`INSERT INTO ${table} FORMAT JSONEachRow`);
    const response = await fetch(`http://127.0.0.1:${this.clickhousePort}/?query=${query}`, {
      method: 'POST',
      headers: { 'x-clickhouse-user': 'recorder', 'x-clickhouse-key': recorderPassword },
      body: rows.map((row) => JSON.stringify(row)).join('\n'),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  /** Stops everything and takes the directory away. */
  async stop(): Promise<void> {
    await Promise.all(this.#running.map((running) => running.stop()));
    await this.stopBroker();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>>): RunningProcess {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let log = '';
  child.stderr!.on('data', (chunk: Buffer) => (log += chunk.toString()));
  return {
    child,
    log: () => log,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, 'exit');
    },
  };
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return (address as { port: number }).port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
