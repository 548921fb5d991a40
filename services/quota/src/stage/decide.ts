import type { QuotaFacts } from '@sallyport/envelope';
import { subjects } from '@sallyport/pipeline';
import { allow, deny, type Verdict } from '@sallyport/verdict';
import type { Judgement } from '../engine.js';
import type { LimitUse } from '../limit.js';
import { ratelimitFields } from '../ratelimit-fields.js';
import type { Location } from '../quota-node.js';
import { encodeTaken, type Taken } from './taken.js';

/** Owners a request may be sent to, one after another, before it is given up: a map in motion must not send it in circles. */
const maxOwners = 8;

export interface QuotaGathered {
  /** The limits that no owner has judged yet. */
  readonly pending: readonly LimitUse[];
  /** What earlier owners have taken, and their `RateLimit` fields. */
  readonly taken: readonly Taken[];
  readonly headers: readonly string[];
}

/** The counters of this instance, and where the others are. */
export interface QuotaState {
  readonly instance: string;
  judge(uses: readonly LimitUse[]): Judgement;
  locate(partition: number): Location;
}

export interface QuotaDecision {
  readonly verdict: Verdict<QuotaFacts>;
  readonly next: string;
}

/**
 * Judges what this instance owns of a request's limits, all or nothing, and sends the rest on to its owner. `nowMs` is this
 * owner's clock.
 */
export function decide(gathered: QuotaGathered, state: QuotaState, nowMs: number): QuotaDecision {
  const { pending, taken } = gathered;
  if (pending.length === 0) return pass(gathered.headers, taken, subjects.validation);
  const here = pending.every(({ partition }) => isHere(state, partition))
    ? pending
    : pending.filter(({ partition }) => isHere(state, partition));
  const elsewhere = here === pending ? undefined : pending.find((use) => !here.includes(use));
  // Passing through counts as well, so that two owners who each believe the other cannot toss a request to and fro.
  const passed = { instance: state.instance, takenAtMs: nowMs, partitions: [] };
  if (here.length === 0) return sendOn(gathered.headers, [...taken, passed], elsewhere!, state);

  const judgement = state.judge(here);
  if (judgement.kind === 'full') return refuse(deny('overloaded'));
  if (judgement.kind === 'not_owner') return refuse(deny('stage_unavailable'));
  const limits = here.map(({ limit }) => limit);
  const fields = ratelimitFields(limits, judgement.states, nowMs);
  if (judgement.kind === 'denied') {
    const { name } = limits[judgement.limit]!;
    return refuse(
      deny(judgement.reason, {
        detail: `The limit ${name} is reached.`,
        retryAfterS: judgement.retryAfterS,
        headers: { ...fields },
      }),
    );
  }
  const headers = merge(gathered.headers, fields.ratelimit, fields['ratelimit-policy']);
  if (elsewhere === undefined && taken.length === 0) return pass(headers, taken, subjects.validation);
  const partitions = [...new Set(here.map(({ partition }) => partition))];
  const all = [...taken, { instance: state.instance, takenAtMs: judgement.takenAtMs, partitions }];
  return elsewhere === undefined ? pass(headers, all, subjects.validation) : sendOn(headers, all, elsewhere, state);
}

function isHere(state: QuotaState, partition: number): boolean {
  return state.locate(partition).kind === 'here';
}

function sendOn(headers: readonly string[], taken: readonly Taken[], use: LimitUse, state: QuotaState): QuotaDecision {
  const location = state.locate(use.partition);
  if (location.kind !== 'at' || taken.length > maxOwners) return refuse(deny('stage_unavailable'));
  return pass(headers, taken, subjects.quota(location.instance));
}

function pass(headers: readonly string[], taken: readonly Taken[], next: string): QuotaDecision {
  return { verdict: allow({ headers, taken: encodeTaken(taken) }), next };
}

function refuse(verdict: Verdict<QuotaFacts>): QuotaDecision {
  return { verdict, next: '' };
}

/** One list field each, however many owners have contributed (RFC 9651 §3.1). */
function merge(headers: readonly string[], ratelimit: string, policy: string): readonly string[] {
  if (headers.length === 0) return ['ratelimit', ratelimit, 'ratelimit-policy', policy];
  return ['ratelimit', `${headers[1]}, ${ratelimit}`, 'ratelimit-policy', `${headers[3]}, ${policy}`];
}
