import { basename } from 'node:path';
import { listDescendants, readCommandLine, readCpuNs, readMachineBusyNs, readProcess } from './read-processes.js';

const nsPerTick = 10_000_000;

interface Sample {
  readonly label: string;
  readonly cpuNs: number;
}

export interface Snapshot {
  readonly takenAtMs: number;
  readonly samples: ReadonlyMap<string, Sample>;
  readonly machineBusyNs: number;
  readonly benchNs: number;
}

/** CPU of the processes below `rootPids`, and of this program with all it started, at one moment. */
export function takeSnapshot(rootPids: readonly number[]): Snapshot {
  const samples = new Map<string, Sample>();
  for (const entry of listDescendants(rootPids)) {
    samples.set(`${entry.pid}@${entry.startedTicks}`, { label: labelProcess(entry.pid), cpuNs: readCpuNs(entry) });
  }
  return { takenAtMs: performance.now(), samples, machineBusyNs: readMachineBusyNs(), benchNs: readBenchNs() };
}

export interface ProcessCpu {
  readonly label: string;
  readonly cpuNs: number;
}

export interface CpuUse {
  readonly seconds: number;
  /** One entry a process, the busiest first. */
  readonly processes: readonly ProcessCpu[];
  /** Cores that programs outside this bench kept busy meanwhile. */
  readonly othersCores: number;
}

/** What was used from one snapshot to the next; throws if a process ended in between, as its share would be missing. */
export function compareSnapshots(before: Snapshot, after: Snapshot): CpuUse {
  const seconds = (after.takenAtMs - before.takenAtMs) / 1000;
  for (const [key, { label }] of before.samples) {
    if (!after.samples.has(key)) throw new Error(`${label} (${key}) ended while it was measured`);
  }
  const processes = [...after.samples].map(([key, { label, cpuNs }]) => ({ label, cpuNs: cpuNs - (before.samples.get(key)?.cpuNs ?? 0) }));
  const othersNs = after.machineBusyNs - before.machineBusyNs - (after.benchNs - before.benchNs);
  return { seconds, processes: processes.toSorted((a, b) => b.cpuNs - a.cpuNs), othersCores: Math.max(0, othersNs / 1e9 / seconds) };
}

/** A short name: the service's folder, the script, or the program. */
export function labelProcess(pid: number): string {
  const [program = 'ended', ...args] = readCommandLine(pid);
  if (basename(program) !== 'node') return basename(program.replace(/:? .*/, ''));
  const script = args.find((argument) => /\.[cm]?js$/.test(argument) || /\/bin\/[^/]+$/.test(argument)) ?? program;
  return /\/services\/([^/]+)\//.exec(script)?.[1] ?? basename(script).replace(/\.[cm]?js$/, '');
}

function readBenchNs(): number {
  const self = readProcess(process.pid);
  const below = listDescendants([process.pid]);
  return (self?.endedChildrenTicks ?? 0) * nsPerTick + below.reduce((sum, entry) => sum + readCpuNs(entry), 0);
}
