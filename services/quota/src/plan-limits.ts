import { hash } from 'node:crypto';
import { addressSubject, partitionOf } from '@sallyport/pipeline';
import type { LimitPolicy, LimitSubject, PolicyDocument } from '@sallyport/policy';
import { assertExact, type Limit, type LimitUse } from './limit.js';

/** Who a request comes from, as far as limits count by it. */
export interface LimitSubjects {
  readonly consumerId: string | undefined;
  readonly credentialId: string | undefined;
  readonly clientIp: string;
}

/** Which limits apply to a request of a route. Compiled once a revision. */
export interface LimitPlan {
  /** The route's limits, then those of the consumer's plan; keys are distinct. */
  usesOf(routeIndex: number, subjects: LimitSubjects): readonly LimitUse[];
}

/** Longer ones are counted by their digest, so that a caller cannot make counters large. */
const MAX_SUBJECT_LENGTH = 128;

interface CompiledLimit {
  readonly limit: Limit;
  readonly per: LimitSubject;
  /** The subject's kind and value are appended. */
  readonly keyPrefix: string;
}

/** What limits count by for one request: `consumer:acme`. */
interface Subject {
  readonly text: string;
  readonly partition: number;
  readonly open: boolean;
}

/** Compiles the limits of all routes and plans of a revision. Throws where one cannot be counted exactly. */
export function compileLimits(document: PolicyDocument): LimitPlan {
  const plans = new Map(Object.entries(document.plans).map(([id, plan]) => [id, compile(`plan.${id}`, plan.limits)]));
  const routes = document.routes.map((route) => ({
    id: route.id,
    limits: compile(`route.${route.id}`, route.limits),
  }));
  const planOf = new Map(
    Object.entries(document.consumers).map(([id, consumer]) => [id, consumer.plan === null ? [] : (plans.get(consumer.plan) ?? [])]),
  );
  /** Uses that depend on the consumer alone, by route and consumer; the policy bounds how many there are. */
  const fixed = routes.map(() => new Map<string, readonly LimitUse[]>());

  return {
    usesOf(routeIndex, subjects) {
      const route = routes[routeIndex];
      if (route === undefined) throw new RangeError(`no route ${routeIndex} in this revision`);
      const { consumerId } = subjects;
      const ofPlan = consumerId === undefined ? undefined : planOf.get(consumerId);
      const cached = ofPlan === undefined ? undefined : fixed[routeIndex]!.get(consumerId!);
      if (cached !== undefined) return cached;

      const uses: LimitUse[] = [];
      append(uses, route.limits, route.id, subjects);
      if (ofPlan !== undefined) append(uses, ofPlan, route.id, subjects);
      if (ofPlan !== undefined && uses.every((use) => !use.open)) fixed[routeIndex]!.set(consumerId!, uses);
      return uses;
    },
  };
}

function append(uses: LimitUse[], limits: readonly CompiledLimit[], routeId: string, subjects: LimitSubjects): void {
  for (const { limit, per, keyPrefix } of limits) {
    const subject = subjectOf(per, routeId, subjects);
    uses.push({ key: keyPrefix + subject.text, partition: subject.partition, limit, cost: 1, open: subject.open });
  }
}

/** Who is not known by what a limit counts by is counted by the next best: consumer, credential, address. */
function subjectOf(per: LimitSubject, routeId: string, subjects: LimitSubjects): Subject {
  const { consumerId, credentialId, clientIp } = subjects;
  if (per === 'route') return makeSubject('route:', routeId, false);
  if (per === 'consumer' && consumerId !== undefined) return makeSubject('consumer:', consumerId, false);
  if (per !== 'ip' && credentialId !== undefined) return makeSubject('credential:', credentialId, true);
  if (per === 'credential' && consumerId !== undefined) return makeSubject('consumer:', consumerId, false);
  return makeSubject('ip:', addressSubject(clientIp), true);
}

function makeSubject(kind: string, value: string, open: boolean): Subject {
  const text = kind + (value.length > MAX_SUBJECT_LENGTH ? hash('sha256', value, 'base64url') : value);
  return { text, partition: partitionOf(text), open };
}

/**
 * Keys name what is counted, not how much of it: raising a limit, or moving it in the file, keeps its counters. A consumer has
 * one plan, so what it used of one counts in the next.
 */
function compile(owner: string, policies: readonly LimitPolicy[]): CompiledLimit[] {
  const seen = new Map<string, number>();
  return policies.map((policy) => {
    const span = policy.kind === 'rate' ? `rate-${spanOf(policy.periodMs)}` : `quota-${policy.period}`;
    const kind = `${span}.${policy.per}`;
    const count = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, count);
    const id = count === 1 ? kind : `${kind}.${count}`;
    const owned = owner.startsWith('plan.') && policy.per === 'consumer' ? 'plan' : owner;
    const limit = limitOf(`${printable(owner)}.${id}`, policy);
    assertExact(limit);
    return { limit, per: policy.per, keyPrefix: `${owned}.${id}|` };
  });
}

function limitOf(name: string, policy: LimitPolicy): Limit {
  return policy.kind === 'rate'
    ? { kind: 'rate', name, permits: policy.permits, periodMs: policy.periodMs, burst: policy.burst }
    : { kind: 'quota', name, amount: policy.amount, period: policy.period };
}

function spanOf(periodMs: number): string {
  const named = ([['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000]] as const).find(([, ms]) => ms === periodMs);
  return named === undefined ? `${periodMs}ms` : named[0];
}

/** Names become structured-field strings (RFC 9651), which hold printable ASCII without quotes and backslashes. */
function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]|["\\]/g, '_');
}
