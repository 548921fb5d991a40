import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const firstBackoffMs = 50;
const longestBackoffMs = 5_000;
/** After this long a process counts as started well, and the next crash as a first one. */
const settledMs = 10_000;

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** `ipc`: it says `ready` over the IPC channel, and stops when that closes. Otherwise the probe tells. */
  readonly ready: 'ipc' | (() => Promise<boolean>);
  /** Time between SIGTERM and SIGKILL. */
  readonly graceMs: number;
}

export interface ProcessListener {
  readonly onLine: (name: string, line: string) => void;
  readonly onExit: (name: string, code: number | null, signal: NodeJS.Signals | null, restartInMs: number) => void;
}

/** One child process that is started again, with growing pauses, until `stop` is called. */
export class SupervisedProcess {
  readonly spec: ProcessSpec;
  readonly #listener: ProcessListener;
  #child: ChildProcess | undefined;
  #stopping = false;
  #crashes = 0;
  #timer: NodeJS.Timeout | undefined;
  #onReady: () => void = () => {};
  /** Resolves when the process is ready for the first time. */
  readonly ready = new Promise<void>((resolve) => {
    this.#onReady = resolve;
  });

  constructor(spec: ProcessSpec, listener: ProcessListener) {
    this.spec = spec;
    this.#listener = listener;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** How often it has ended without having run for a while. */
  get crashes(): number {
    return this.#crashes;
  }

  start(): this {
    const { spec } = this;
    const startedAt = Date.now();
    const child = spawn(spec.command, spec.args, {
      env: spec.env,
      stdio: ['ignore', 'pipe', 'pipe', ...(spec.ready === 'ipc' ? (['ipc'] as const) : [])],
      // Of its own process group, so that a Ctrl-C reaches the supervisor alone and things stop in order.
      detached: true,
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#listener.onLine(spec.name, line));
    }
    child.on('message', (message) => {
      if (message === 'ready') this.#onReady();
    });
    if (spec.ready !== 'ipc') void this.#probe(child, spec.ready);
    let ended = false;
    const onEnd = (code: number | null, signal: NodeJS.Signals | null) => {
      if (ended) return;
      ended = true;
      this.#child = undefined;
      if (this.#stopping) return;
      this.#crashes = Date.now() - startedAt > settledMs ? 1 : this.#crashes + 1;
      const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (this.#crashes - 1));
      this.#listener.onExit(spec.name, code, signal, backoffMs);
      this.#timer = setTimeout(() => this.start(), backoffMs);
    };
    child.on('exit', onEnd);
    child.on('error', (error) => {
      this.#listener.onLine(spec.name, `cannot start ${spec.command}: ${error.message}`);
      onEnd(null, null);
    });
    return this;
  }

  async #probe(child: ChildProcess, probe: () => Promise<boolean>): Promise<void> {
    while (this.#child === child) {
      if (await probe()) return this.#onReady();
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** SIGTERM, then SIGKILL when the grace is over; resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    child.kill('SIGCONT');
    const killer = setTimeout(() => child.kill('SIGKILL'), this.spec.graceMs);
    await gone;
    clearTimeout(killer);
  }

  kill(): void {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#child?.kill('SIGKILL');
  }
}
