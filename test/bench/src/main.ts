import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { judgeBudgets } from './budgets.js';
import { contenders } from './contenders/index.js';
import type { Contender } from './contender.js';
import { extendPath, findMissing, installPrograms } from './install-programs.js';
import { type Lab, openLab } from './lab.js';
import { type Measurement, measureContender } from './measure-contender.js';
import { longestRunMs, type Options, readOptions, singleClientS, UsageError, usage, warmUpS } from './options.js';
import { formatBreakdown, formatBudgets, formatProfiles, formatTable } from './print-results.js';
import { readProfiles } from './read-profiles.js';
import { killEverything, stopEverything } from './start-process.js';

/** More than this many cores in the hands of others spoil a figure. */
const quietCores = 0.15;
const sharedPrograms = ['wrk', 'nginx'];

interface Outcome {
  readonly measurements: Measurement[];
  readonly absent: { readonly name: string; readonly why: string; readonly failed: boolean }[];
}

async function main(): Promise<number> {
  if (process.platform !== 'linux') throw new UsageError('the bench reads CPU times from /proc and runs on Linux only');
  const options = readOptions(process.argv.slice(2));
  const chosen = contenders.filter(({ name }) => options.only.includes(name));
  extendPath();
  const missing = installPrograms([...new Set([...sharedPrograms, ...chosen.flatMap(({ programs }) => programs)])], report);
  const needed = sharedPrograms.filter((program) => missing.includes(program));
  if (needed.length > 0) throw new UsageError(`install ${needed.join(' and ')}: the load and the upstream of every contender need them`);
  if (options.profileDirectory !== undefined) mkdirSync(options.profileDirectory, { recursive: true });

  const outcome: Outcome = { measurements: [], absent: [] };
  guard(outcome, options);
  const lab = await openLab(options.portBase, options.profileDirectory);
  try {
    for (const contender of chosen) await runContender(contender, lab, options, outcome);
  } finally {
    await stopEverything();
  }
  printOutcome(outcome, options);
  return outcome.absent.some(({ failed }) => failed) ? 1 : 0;
}

async function runContender(contender: Contender, lab: Lab, options: Options, { measurements, absent }: Outcome): Promise<void> {
  const { name, title } = contender;
  const missing = findMissing(contender.programs);
  const obstacle = missing.length > 0 ? `${missing.join(', ')} not installed and not installable here` : contender.findObstacle?.();
  if (obstacle !== undefined) {
    absent.push({ name, why: obstacle, failed: false });
    return report(`${name}: skipped: ${obstacle}`);
  }
  report(`${name}: ${title}`);
  try {
    measurements.push(await measureContender(contender, lab, { ...options, warmUpS, singleClientS }));
  } catch (error) {
    const why = (error as Error).message;
    absent.push({ name, why, failed: true });
    report(`${name}: failed: ${why}`);
  }
}

function printOutcome({ measurements, absent }: Outcome, options: Options): void {
  const ours = measurements.find(({ kind }) => kind === 'ours');
  const budgets = judgeBudgets(measurements);
  const sections = [formatTable(measurements)];
  if (ours !== undefined) sections.push(formatBreakdown(ours), formatBudgets(budgets));
  if (ours !== undefined && options.profileDirectory !== undefined) {
    sections.push(formatProfiles(readProfiles(options.profileDirectory, ours.window), ours.load.requests));
  }
  const busiest = Math.max(0, ...measurements.map(({ othersCores }) => othersCores));
  if (busiest > quietCores) sections.push(`other programs kept up to ${busiest.toFixed(1)} cores busy: all figures are worse than on a quiet machine`);
  if (absent.length > 0) sections.push(absent.map(({ name, why, failed }) => `${name}: ${failed ? 'failed' : 'skipped'}: ${why}`).join('\n'));
  process.stdout.write(`\n${sections.join('\n\n')}\n`);
  if (options.jsonFile === undefined) return;
  const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model, node: process.version, loadAverage: loadavg() };
  writeFileSync(options.jsonFile, `${JSON.stringify({ machine, options, measurements, budgets, absent }, null, 2)}\n`);
}

// However a run gets stuck or is interrupted, nothing of it stays behind.
function guard(outcome: Outcome, options: Options): void {
  const abandon = (why: string) => {
    report(why);
    killEverything();
    printOutcome(outcome, options);
    process.exit(1);
  };
  setTimeout(() => abandon('the run took too long and was ended'), longestRunMs).unref();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => abandon(`ended by ${signal}`));
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  await stopEverything();
  report(error instanceof UsageError ? `${error.message}\n\n${usage}` : String((error as Error).stack));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
