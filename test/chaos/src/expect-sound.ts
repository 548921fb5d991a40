import { availableParallelism, loadavg } from 'node:os';
import { expect } from 'vitest';
import { countDoubled, countRows } from './count-rows.js';
import type { Answer } from './drive-load.js';
import { mixedKinds, timeoutMs, unansweredKind } from './kinds.js';
import type { Trial } from './run-trial.js';
import type { Cluster } from './start-cluster.js';

export interface Expectations {
  /** All is well so long after the fault began. */
  readonly recoveredByMs: number;
  /** An ingress was killed: what it had not handed over may be missing, unless strictly audited. */
  readonly ingressKilled?: boolean;
}

/** What a fault has cost. */
export interface Toll {
  readonly recoveredMs: number;
  readonly interrupted: number;
}

/** From the kill on: three seconds. A machine that does much else at the same time takes longer to start a process. */
export const recoveryMs = 3_000;
const busyMs = 2_500;
/** The route's timeout and a second, and what a busy machine adds. */
const longestAnswerMs = timeoutMs + 1_000 + 700;
/** Oldest record that a killed ingress may take with it, and what a busy machine adds. */
const gapMs = 50 + 50;
const rowsWithinMs = 30_000;
const settledMs = 2_000;

const strictPaths = new Set([...mixedKinds, unansweredKind].filter(({ strict }) => strict).map(({ path }) => path));

/** Checks what holds whatever dies, prints how the gateway fared, and returns it. */
export async function expectSound(cluster: Cluster, trial: Trial, expected: Expectations): Promise<Toll> {
  const { what, answers, faultAtMs } = trial;
  const { gateway, upstream } = cluster;
  const seen = upstream.seen.map(({ url, headers }) => ({ url, id: String(headers['x-request-id']) }));
  const named = answers.filter(({ requestId }) => requestId !== '');

  const unexplained = answers.filter(({ kind, status }) => status !== kind.status && status < 500 && status !== 0);
  expect(unexplained, `${what}: answers that no check can have given`).toEqual([]);
  expectOnlyEntitled(trial, seen);

  expect(answers.filter(({ hung }) => hung), `${what}: requests that were forgotten`).toEqual([]);
  const slowestMs = Math.max(...answers.map(({ tookMs }) => tookMs));
  expect.soft(slowestMs, `${what}: the longest answer`).toBeLessThan(longestAnswerMs);
  const failed = answers.filter(({ kind, status }) => status !== kind.status);
  const recoveredMs = Math.max(faultAtMs, ...failed.map(({ sentAtMs }) => sentAtMs)) - faultAtMs;
  const busy = loadavg()[0]! > 2 * availableParallelism();
  expect.soft(recoveredMs, `${what}: time until all is well again`).toBeLessThan(expected.recoveredByMs + (busy ? busyMs : 0));

  const answered = new Set(named.map(({ requestId }) => requestId));
  const unanswered = seen.filter(({ id }) => !answered.has(id));
  const mayBeLost = ({ strict }: { readonly strict: boolean }) => expected.ingressKilled === true && !strict;
  const ids = [
    ...named.map(({ requestId, kind }) => ({ id: requestId, strict: kind.strict })),
    ...unanswered.map(({ id, url }) => ({ id, strict: strictPaths.has(url) })),
  ];
  const owed = ids.filter((one) => !mayBeLost(one));
  const rows = await countRows(gateway, owed.map(({ id }) => id), rowsWithinMs);
  // What was settled after the rest is there; so is the rest.
  for (const [id, row] of await countRows(gateway, ids.filter(mayBeLost).map(({ id }) => id), settledMs)) rows.set(id, row);
  const doubled = await countDoubled(gateway);
  expect.soft(doubled, `${what}: rows doubled`).toBe(0);
  const missing = named.filter(({ requestId }) => !rows.has(requestId));
  const gap = Math.max(0, ...missing.map((answer) => faultAtMs - answeredAtMs(answer)));
  if (expected.ingressKilled === true) {
    expect.soft(gap, `${what}: age of the oldest lost record`).toBeLessThan(gapMs);
    expect.soft(missing.filter(({ kind }) => kind.strict), `${what}: strictly audited and lost`).toEqual([]);
  } else expect.soft(missing, `${what}: answers without a row`).toEqual([]);
  const unaccounted = owed.filter(({ id }) => !answered.has(id) && !rows.has(id));
  expect.soft(unaccounted, `${what}: unanswered and without a row`).toEqual([]);
  const contradicted = named.filter(({ requestId, status }) => rows.has(requestId) && rows.get(requestId)!.status !== status);
  expect.soft(contradicted, `${what}: rows that say something else than the answer`).toEqual([]);

  const interrupted = [...rows.values()].filter(({ reason }) => reason === 'interrupted').length;
  const lost = missing.length === 0 ? '0 rows missing' : `${missing.length} rows missing, the oldest of ${gap} ms before`;
  console.log(
    `${what}: ${answers.length} answers, ${failed.length} not served, well after ${recoveredMs} ms, longest ${slowestMs} ms; ` +
      `${lost}, ${doubled} doubled, ${interrupted} interrupted${busy ? ' (busy machine)' : ''}`,
  );
  return { recoveredMs, interrupted };
}

function answeredAtMs({ sentAtMs, tookMs }: Answer): number {
  return sentAtMs + tookMs;
}

/** The upstream saw what had passed every check, each once, and all that was answered in its name. */
function expectOnlyEntitled({ what, answers }: Trial, seen: readonly { url: string; id: string }[]): void {
  const refused = new Set(answers.filter(({ kind }) => !kind.entitled).map(({ kind }) => kind.path));
  expect(seen.filter(({ url }) => refused.has(url)), `${what}: requests that reached the upstream unchecked`).toEqual([]);
  const ids = new Set(seen.map(({ id }) => id));
  expect(ids.size, `${what}: requests that reached the upstream, each once`).toBe(seen.length);
  const invented = answers.filter(({ status, requestId }) => status === 200 && !ids.has(requestId));
  expect(invented, `${what}: answers that did not come from the upstream`).toEqual([]);
}
