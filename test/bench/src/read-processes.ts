import { readdirSync, readFileSync } from 'node:fs';

const nsPerTick = 10_000_000;

export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  /** When it started, in ticks since boot: with the pid it identifies a process. */
  readonly startedTicks: number;
  readonly cpuTicks: number;
  /** The ticks of children that ended and were waited for. */
  readonly endedChildrenTicks: number;
}

/** Reads /proc/PID/stat; undefined when there is no such process, or only its exit status is left. */
export function readProcess(pid: number): ProcessEntry | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name, in parentheses, may hold anything; counting starts after it, with field 3.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z') return undefined;
  const field = (number: number) => Number(fields[number - 3]);
  return {
    pid,
    parentPid: field(4),
    startedTicks: field(22),
    cpuTicks: field(14) + field(15),
    endedChildrenTicks: field(16) + field(17),
  };
}

/** All processes below `rootPids`, and these, parents first. */
export function listDescendants(rootPids: readonly number[]): ProcessEntry[] {
  const children = new Map<number, ProcessEntry[]>();
  for (const name of readdirSync('/proc')) {
    const entry = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
    if (entry === undefined) continue;
    const siblings = children.get(entry.parentPid);
    if (siblings === undefined) children.set(entry.parentPid, [entry]);
    else siblings.push(entry);
  }
  const found: ProcessEntry[] = rootPids.map(readProcess).filter((entry) => entry !== undefined);
  for (const entry of found) found.push(...(children.get(entry.pid) ?? []));
  return found;
}

/**
 * CPU time of all threads in nanoseconds. The scheduler's sum over live threads is exact but forgets threads that ended; `stat`
 * remembers them but rounds down to 10 ms twice. Both are lower bounds, so the larger is right.
 */
export function readCpuNs(entry: ProcessEntry): number {
  let liveNs = 0;
  for (const thread of listThreads(entry.pid)) {
    liveNs += Number(readText(`/proc/${entry.pid}/task/${thread}/schedstat`)?.split(' ', 1)[0] ?? 0);
  }
  return Math.max(liveNs, entry.cpuTicks * nsPerTick);
}

/** The command line's arguments; empty for a process that ended. */
export function readCommandLine(pid: number): string[] {
  const text = readText(`/proc/${pid}/cmdline`) ?? '';
  return text.split('\0').filter((argument) => argument !== '');
}

/** What the whole machine did since boot, in nanoseconds of CPU; what a hypervisor took away counts. */
export function readMachineBusyNs(): number {
  const [, user, nice, system, , , irq, softIrq, steal] = (readText('/proc/stat') ?? '').split('\n', 1)[0]?.split(/\s+/).map(Number) ?? [];
  return [user, nice, system, irq, softIrq, steal].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) * nsPerTick;
}

function listThreads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
