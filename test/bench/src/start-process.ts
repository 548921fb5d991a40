import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { listDescendants, type ProcessEntry, readProcess } from './read-processes.js';

const keptOutputChars = 4000;
const graceMs = 15_000;

export interface StartedProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves with the first line of its stdout that matches; throws if the process ends or `timeoutMs` pass before. */
  waitForLine(pattern: RegExp, timeoutMs: number): Promise<string>;
  /** Resolves once `port` of 127.0.0.1 takes connections; throws like `waitForLine`. */
  waitForPort(port: number, timeoutMs: number): Promise<void>;
  /** SIGTERM, then after 15 s SIGKILL, and SIGKILL for what it leaves behind. Resolves when nothing of it is left. */
  stop(): Promise<void>;
}

const running = new Set<StartedProcess>();

export interface StartOptions {
  readonly environment?: Record<string, string>;
  /** Opens an IPC channel, as `fork` does. */
  readonly channel?: boolean;
  readonly directory?: string;
}

/** Starts a program that `stopEverything` will end, should nobody else. */
export function startProcess(command: string, args: readonly string[], options: StartOptions = {}): StartedProcess {
  const stdio: StdioOptions = options.channel === true ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'];
  const child = spawn(command, args, { stdio, cwd: options.directory, env: { ...process.env, ...options.environment } });
  const { pid } = child;
  let startError: Error | undefined;
  child.on('error', (error) => (startError = error));
  if (pid === undefined) throw new Error(`${command} could not be started`, { cause: startError });

  let output = '';
  // After 'exit' there may still be output to read, after 'close' there is none.
  let closed = false;
  child.once('close', () => (closed = true));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-keptOutputChars);
    });
  }
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  const failure = (what: string) => new Error(`${command} ${args.join(' ').slice(0, 80)} ${what}:\n${output.trim()}`);

  async function waitUntil<T>(probe: () => Promise<T | undefined> | T | undefined, timeoutMs: number): Promise<T> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const found = await probe();
      if (found !== undefined) return found;
      if (closed) throw failure(`ended with ${child.exitCode ?? child.signalCode}`);
      if (performance.now() > deadlineMs) throw failure(`was not ready within ${timeoutMs} ms`);
      await sleep(20);
    }
  }

  const started: StartedProcess = {
    pid,
    child,
    waitForLine: (pattern, timeoutMs) => waitUntil(() => output.split('\n').find((line) => pattern.test(line)), timeoutMs),
    waitForPort: async (port, timeoutMs) => {
      await waitUntil(async () => ((await takesConnections(port)) ? true : undefined), timeoutMs);
    },
    stop: async () => {
      running.delete(started);
      const tree = listDescendants([pid]);
      if (!ended()) {
        const exit = once(child, 'exit');
        child.kill('SIGTERM');
        const killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
        await exit;
        clearTimeout(killer);
      }
      for (const entry of tree) if (stillRuns(entry)) process.kill(entry.pid, 'SIGKILL');
    },
  };
  running.add(started);
  return started;
}

/** Stops every process that is still running, the latest first. */
export async function stopEverything(): Promise<void> {
  for (const started of [...running].toReversed()) await started.stop();
}

/** Kills at once, without waiting, every process that was started and every descendant. */
export function killEverything(): void {
  for (const entry of listDescendants([...running].map(({ pid }) => pid))) if (stillRuns(entry)) process.kill(entry.pid, 'SIGKILL');
}

export function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

// A number alone may belong to another program by now.
function stillRuns(entry: ProcessEntry): boolean {
  return readProcess(entry.pid)?.startedTicks === entry.startedTicks;
}
