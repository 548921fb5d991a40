import { parseArgs } from 'node:util';
import { contenders } from './contenders/index.js';

/** The whole run, installation apart, ends within this time whatever happens. */
export const longestRunMs = 285_000;

export const warmUpS = 4;
export const singleClientS = 2;
const overheadS = 6;

export interface Options {
  readonly only: readonly string[];
  readonly durationS: number;
  readonly connections: number;
  readonly portBase: number;
  readonly jsonFile: string | undefined;
  readonly profileDirectory: string | undefined;
}

export class UsageError extends Error {}

export const usage = `usage: npm run bench -- [--only a,b] [--duration SECONDS] [--connections N] [--port-base N] [--json FILE] [--profile DIR]

  --only         of: ${contenders.map(({ name, optional }) => name + (optional === true ? ' (not by default)' : '')).join(', ')}
  --duration     measured seconds a contender (8)
  --connections  keep-alive connections of the closed loop (64)
  --port-base    first of 40 ports on 127.0.0.1 (18200)
  --json         writes every figure into FILE
  --profile      runs sallyport under the V8 profiler: CPU profiles into DIR, the heaviest functions of each process on stdout`;

/** Reads the command line; throws UsageError with what to change. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parse(args);
  const only = values.only?.split(',') ?? defaultContenders();
  for (const name of only) {
    if (!contenders.some((contender) => contender.name === name)) throw new UsageError(`--only: no contender is called ${name}`);
  }
  const durationS = readNumber('duration', values.duration, 1, 120);
  const plannedMs = only.length * (durationS + warmUpS + singleClientS + overheadS) * 1000;
  if (plannedMs > longestRunMs) {
    throw new UsageError(`--duration: ${only.length} contenders at ${durationS} s would not end in time; use --only or a shorter duration`);
  }
  return {
    only,
    durationS,
    connections: readNumber('connections', values.connections, 1, 1000),
    portBase: readNumber('port-base', values['port-base'], 1024, 65_000),
    jsonFile: values.json,
    profileDirectory: values.profile,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        duration: { type: 'string', default: '8' },
        connections: { type: 'string', default: '64' },
        'port-base': { type: 'string', default: '18200' },
        json: { type: 'string' },
        profile: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function defaultContenders(): string[] {
  return contenders.filter(({ optional }) => optional !== true).map(({ name }) => name);
}

function readNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(`--${name}: a whole number from ${least} to ${most}, not ${text}`);
  }
  return value;
}
