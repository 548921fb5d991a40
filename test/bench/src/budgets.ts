import type { Measurement } from './measure-contender.js';

export interface BudgetResult {
  readonly what: string;
  readonly limit: string;
  readonly measured: string;
  readonly met: boolean;
}

const cpuBudgetUs = 100;
const withoutUpstreamBudgetUs = 75;
const latencyBudgetMs = 0.9;

/** Judges our measurement by the budgets; what cannot be judged because a contender did not run is left out. */
export function judgeBudgets(measurements: readonly Measurement[]): BudgetResult[] {
  const ours = measurements.find(({ kind }) => kind === 'ours');
  if (ours === undefined) return [];
  const results = [
    atMost('CPU a request, recording included', ours.cpuUs, cpuBudgetUs, 'µs'),
    atMost('latency of one client, p50', ours.singleClient.p50Ms, latencyBudgetMs, 'ms'),
  ];
  const dispatch = measurements.find(({ name }) => name === 'undici');
  if (dispatch !== undefined) {
    const what = 'CPU a request without the upstream call (estimate: ours less a bare undici dispatch)';
    results.push(atMost(what, ours.cpuUs - dispatch.cpuUs, withoutUpstreamBudgetUs, 'µs'));
  }
  const fastest = measurements.filter(({ kind }) => kind === 'peer').toSorted((a, b) => b.requestsPerSecond - a.requestsPerSecond)[0];
  if (fastest !== undefined) {
    results.push({
      what: 'requests a second, more than every peer but bare nginx',
      limit: `> ${Math.round(fastest.requestsPerSecond)} (${fastest.name})`,
      measured: String(Math.round(ours.requestsPerSecond)),
      met: ours.requestsPerSecond > fastest.requestsPerSecond,
    });
  }
  results.push({ what: 'errors', limit: '0', measured: String(ours.load.errors), met: ours.load.errors === 0 });
  const missing = ours.facts.missingRows ?? 0;
  results.push({ what: 'rows missing for requests that were answered', limit: '0', measured: String(missing), met: missing === 0 });
  return results;
}

function atMost(what: string, measured: number, limit: number, unit: string): BudgetResult {
  return { what, limit: `≤ ${limit} ${unit}`, measured: `${measured.toFixed(2)} ${unit}`, met: measured <= limit };
}
