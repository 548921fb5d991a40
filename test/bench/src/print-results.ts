import type { BudgetResult } from './budgets.js';
import type { Measurement } from './measure-contender.js';
import type { ProfiledProcess } from './read-profiles.js';

const shownFunctions = 15;

/** The table of all contenders, one line each. */
export function formatTable(measurements: readonly Measurement[]): string {
  const ours = measurements.find(({ kind }) => kind === 'ours');
  const rows = measurements.map((measurement) => [
    measurement.title,
    measurement.cpuUs.toFixed(1),
    ours === undefined ? '-' : (measurement.cpuUs / ours.cpuUs).toFixed(2),
    measurement.requestsPerSecond.toFixed(0),
    ours === undefined ? '-' : (measurement.requestsPerSecond / ours.requestsPerSecond).toFixed(2),
    measurement.load.p50Ms.toFixed(2),
    measurement.load.p99Ms.toFixed(2),
    measurement.singleClient.p50Ms.toFixed(3),
    String(measurement.load.errors + measurement.singleClient.errors),
    measurement.othersCores.toFixed(2),
  ]);
  const head = ['', 'CPU µs/req', '× ours', 'req/s', '× ours', 'p50 ms', 'p99 ms', '1 client p50', 'errors', 'others’ cores'];
  return alignColumns([head, ...rows]);
}

/** Where our CPU goes: processes, hops, recording. */
export function formatBreakdown({ processes, facts }: Measurement): string {
  const lines = [alignColumns([['CPU by process', 'µs/req'], ...processes.map(({ label, us }) => [label, us.toFixed(2)])])];
  if (facts.meanBatches !== undefined) {
    const hops = Object.entries(facts.meanBatches).map(([hop, mean]) => [hop, mean.toFixed(2)]);
    lines.push(hops.length === 0 ? 'no hop counters among the metrics' : alignColumns([['mean batch by hop', 'requests/message'], ...hops]));
  }
  if (facts.recordingLagS !== undefined) {
    lines.push(`last row queryable ${facts.recordingLagS.toFixed(2)} s after the last answer, ${facts.missingRows ?? 0} missing`);
  }
  return lines.join('\n\n');
}

export function formatBudgets(budgets: readonly BudgetResult[]): string {
  const rows = budgets.map(({ what, limit, measured, met }) => [what, limit, measured, met ? 'met' : 'NOT MET']);
  return alignColumns([['budget', 'limit', 'measured', ''], ...rows]);
}

/** The functions with the most self time of each process, in µs a request. */
export function formatProfiles(profiles: readonly ProfiledProcess[], requests: number): string {
  return profiles
    .map(({ label, functions }) => {
      const rows = functions.slice(0, shownFunctions).map(({ name, us }) => [name, (us / requests).toFixed(2)]);
      return alignColumns([[label, 'µs/req'], ...rows]);
    })
    .join('\n\n');
}

// The first column to the left, numbers to the right.
function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd())
    .join('\n');
}
