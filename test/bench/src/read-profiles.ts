import { readdirSync, readFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { basename, join } from 'node:path';

export interface ProfiledProcess {
  readonly label: string;
  /** Self time of functions within the window, the heaviest first. */
  readonly functions: readonly { readonly name: string; readonly us: number }[];
}

/** Reads the CPU profiles of a directory, cut to a window of the monotonic clock; those of other times are left out. */
export function readProfiles(directory: string, window: { readonly startUs: number; readonly endUs: number }): ProfiledProcess[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => {
      const profile = JSON.parse(readFileSync(join(directory, name), 'utf8')) as Profiler.Profile;
      return { label: basename(name, '.cpuprofile'), functions: sumSelfTimes(profile, window) };
    })
    .filter(({ functions }) => functions.length > 0);
}

function sumSelfTimes(profile: Profiler.Profile, { startUs, endUs }: { readonly startUs: number; readonly endUs: number }) {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameFunction(callFrame)]));
  const selfUs = new Map<string, number>();
  let nowUs = profile.startTime;
  for (const [index, deltaUs] of (profile.timeDeltas ?? []).entries()) {
    nowUs += deltaUs;
    const name = names.get(profile.samples?.[index] ?? -1);
    if (name === undefined || name === '(idle)' || nowUs < startUs || nowUs > endUs) continue;
    selfUs.set(name, (selfUs.get(name) ?? 0) + deltaUs);
  }
  return [...selfUs].map(([name, us]) => ({ name, us })).toSorted((a, b) => b.us - a.us);
}

function nameFunction({ functionName, url, lineNumber }: Profiler.Profile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const place = url.replace(/^.*\/node_modules\//, '').replace(/^file:\/\/.*\/((?:services|shared|deploy)\/)/, '$1');
  return `${name} ${place}:${lineNumber + 1}`;
}
