import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';

/** A real nats-server with JetStream on a directory of its own, that can be stopped and started again on the same data. */
export class TestNatsServer {
  readonly url: string;
  readonly #directory = mkdtempSync(join(tmpdir(), 'sallyport-quota-'));
  readonly #config: string;
  #process: ChildProcess | undefined;

  constructor(port: number) {
    this.url = `nats://127.0.0.1:${port}`;
    this.#config = join(this.#directory, 'nats.conf');
    writeFileSync(this.#config, `listen: 127.0.0.1:${port}\njetstream { store_dir: "${this.#directory}", max_file: 1GB }\n`);
  }

  async start(): Promise<void> {
    this.#process = spawn('nats-server', ['-c', this.#config], { stdio: 'ignore' });
    const deadline = Date.now() + 10_000;
    for (;;) {
      try {
        const connection = await this.connect();
        await connection.request('$JS.API.INFO', '', { timeout: 500 });
        return await connection.close();
      } catch (cause) {
        if (Date.now() > deadline) throw cause;
        await sleep(50);
      }
    }
  }

  connect(): Promise<NatsConnection> {
    return connect({ servers: this.url, maxReconnectAttempts: -1, reconnectTimeWait: 100, reconnectJitter: 20 });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    this.#process = undefined;
    const exited = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await exited;
  }

  async remove(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
