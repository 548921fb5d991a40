import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender, RunningContender, WindowFacts } from './contender.js';
import type { Lab } from './lab.js';
import { compareSnapshots, type CpuUse, takeSnapshot } from './measure-cpu.js';
import { type LoadResult, runLoad } from './run-load.js';
import { verifyContender } from './verify-contender.js';

export interface Measurement {
  readonly name: string;
  readonly title: string;
  readonly kind: Contender['kind'];
  readonly cpuUs: number;
  readonly requestsPerSecond: number;
  readonly load: LoadResult;
  readonly singleClient: LoadResult;
  /** µs a request of each counted process, the busiest first. */
  readonly processes: readonly { readonly label: string; readonly us: number }[];
  readonly othersCores: number;
  readonly facts: WindowFacts;
  /** Of the monotonic clock, in µs. */
  readonly window: { readonly startUs: number; readonly endUs: number };
}

export interface Phases {
  readonly connections: number;
  readonly warmUpS: number;
  readonly durationS: number;
  readonly singleClientS: number;
}

/** Starts, verifies, warms up, measures and stops one contender; throws if it does not do its work. */
export async function measureContender(contender: Contender, lab: Lab, phases: Phases): Promise<Measurement> {
  const credentials = await lab.credentials(contender.algorithm ?? 'ES256');
  const tokensFile = join(lab.directory, `tokens-${credentials.algorithm}.txt`);
  writeFileSync(tokensFile, `${credentials.tokens.join('\n')}\n`);

  const running = await contender.start(lab);
  try {
    if ('url' in running.load) await verifyContender(running.load.url, credentials, contender.refusalStatus);
    const putLoad = chooseLoad(running.load, tokensFile);
    await putLoad(phases.connections, phases.warmUpS);

    const closeWindow = await running.openWindow?.();
    const startUs = readMonotonicUs();
    const before = takeSnapshot(running.rootPids);
    const load = await putLoad(phases.connections, phases.durationS);
    const facts = (await closeWindow?.(load.requests)) ?? {};
    const use = compareSnapshots(before, takeSnapshot(running.rootPids));
    const endUs = readMonotonicUs();

    const singleClient = await putLoad(1, phases.singleClientS);
    const processes = countProcesses(use, running, load.requests);
    return {
      name: contender.name,
      title: contender.title,
      kind: contender.kind,
      cpuUs: processes.reduce((sum, { us }) => sum + us, 0),
      requestsPerSecond: load.requests / load.seconds,
      load,
      singleClient,
      processes,
      othersCores: use.othersCores,
      facts,
      window: { startUs, endUs },
    };
  } finally {
    await running.stop();
  }
}

type PutLoad = (connections: number, seconds: number) => Promise<LoadResult>;

function chooseLoad(load: RunningContender['load'], tokensFile: string): PutLoad {
  if ('drive' in load) return load.drive;
  return (connections, seconds) => runLoad({ url: load.url, tokensFile }, connections, seconds);
}

function countProcesses(use: CpuUse, running: RunningContender, requests: number) {
  return use.processes
    .filter(({ label }) => running.uncounted?.has(label) !== true)
    .map(({ label, cpuNs }) => ({ label, us: cpuNs / 1000 / requests }));
}

function readMonotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
