import { once } from 'node:events';
import type { LoadResult } from './run-load.js';
import type { StartedProcess } from './start-process.js';

interface DriveCommand {
  readonly connections: number;
  readonly seconds: number;
}

/** Asks a process that runs `serveDriving` to put load on itself. */
export async function drive(driver: StartedProcess, connections: number, seconds: number): Promise<LoadResult> {
  const command: DriveCommand = { connections, seconds };
  driver.child.send(command);
  const ended = once(driver.child, 'exit').then(() => {
    throw new Error('the process that drives itself ended');
  });
  const [result] = (await Promise.race([once(driver.child, 'message'), ended])) as [LoadResult];
  return result;
}

/** Begins one operation and calls `settled` when its answer is there. */
export type Operation = (settled: (failed: boolean) => void) => void;

/** Serves `drive` in a process of its own: keeps as many operations going as there are connections to be. */
export function serveDriving(operation: Operation): void {
  process.on('message', (command: DriveCommand) => {
    void runLoop(operation, command).then((result) => process.send?.(result));
  });
}

function runLoop(operation: Operation, { connections, seconds }: DriveCommand): Promise<LoadResult> {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    const endMs = startedMs + seconds * 1000;
    const latenciesMs: number[] = [];
    let errors = 0;
    let busy = connections;
    const begin = () => {
      const sentMs = performance.now();
      operation((failed) => {
        const nowMs = performance.now();
        latenciesMs.push(nowMs - sentMs);
        if (failed) errors += 1;
        if (nowMs < endMs) begin();
        else if (--busy === 0) resolve(summarize(latenciesMs, (nowMs - startedMs) / 1000, errors));
      });
    };
    for (let index = 0; index < connections; index += 1) begin();
  });
}

function summarize(latenciesMs: number[], seconds: number, errors: number): LoadResult {
  const sorted = Float64Array.from(latenciesMs).toSorted();
  const percentile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { requests: sorted.length, seconds, p50Ms: percentile(0.5), p99Ms: percentile(0.99), errors };
}
