import { describe, expect, test } from 'vitest';
import type { LimitPolicy, PolicyDocument, RoutePolicy } from '@sallyport/policy';
import { partitionOf } from '@sallyport/pipeline';
import { compileLimits, type LimitSubjects } from './plan-limits.js';

const rate = (per: 'consumer' | 'ip' | 'credential' | 'route', permits = 5): LimitPolicy =>
  ({ kind: 'rate', permits, periodMs: 1000, burst: permits, per });
const quota = (period: 'day' | 'month', amount = 100): LimitPolicy => ({ kind: 'quota', amount, period, per: 'consumer' });

function route(id: string, limits: readonly LimitPolicy[]): RoutePolicy {
  return {
    id, limits,
    match: { hosts: null, paths: [`/${id}`], methods: null },
    upstream: 'u',
    auth: { kind: 'public' },
    validate: { openapi: null, waf: 'off', maxBodyBytes: 1 },
    onFailure: { quota: 'closed', validation: 'closed' },
    audit: 'async', forwardCredential: false, shadow: [], deprecated: null,
  };
}

function document(routes: readonly RoutePolicy[], plans: Record<string, LimitPolicy[]> = {}, acmePlan: string | null = null): PolicyDocument {
  return {
    version: 1, trustedProxies: [], issuers: {}, upstreams: {}, documents: {}, routes,
    plans: Object.fromEntries(Object.entries(plans).map(([id, limits]) => [id, { limits }])),
    consumers: { acme: { plan: acmePlan, roles: [], keys: [], match: [] } },
  };
}

const subjects = (more: Partial<LimitSubjects> = {}): LimitSubjects =>
  ({ consumerId: undefined, credentialId: undefined, clientIp: '192.0.2.1', ...more });
const acme = subjects({ consumerId: 'acme', credentialId: 'k1' });

describe('which limits apply', () => {
  test("the route's limits come first, then those of the consumer's plan", () => {
    const plan = compileLimits(document([route('orders', [rate('consumer', 20)])], { gold: [rate('consumer'), quota('day')] }, 'gold'));
    expect(plan.usesOf(0, acme).map((use) => [use.key, use.limit.name])).toEqual([
      ['route.orders.rate-s.consumer|consumer:acme', 'route.orders.rate-s.consumer'],
      ['plan.rate-s.consumer|consumer:acme', 'plan.gold.rate-s.consumer'],
      ['plan.quota-day.consumer|consumer:acme', 'plan.gold.quota-day.consumer'],
    ]);
  });

  test('without a plan, or without a consumer, only the route counts', () => {
    const plan = compileLimits(document([route('orders', [rate('ip')])], { gold: [quota('day')] }));
    expect(plan.usesOf(0, acme)).toHaveLength(1);
    expect(plan.usesOf(0, subjects())).toHaveLength(1);
    expect(plan.usesOf(0, subjects({ consumerId: 'stranger' }))).toHaveLength(1);
  });

  test('a route that is not in the revision is a fault', () => {
    expect(() => compileLimits(document([])).usesOf(0, acme)).toThrow('no route 0');
  });
});

describe('what is counted by what', () => {
  const plan = compileLimits(document([route('a', [rate('consumer'), rate('ip'), rate('credential'), rate('route')])]));
  const keys = (who: LimitSubjects) => plan.usesOf(0, who).map((use) => use.key.split('|')[1]);

  test('each by its own subject', () => {
    expect(keys(acme)).toEqual(['consumer:acme', 'ip:192.0.2.1', 'credential:k1', 'route:a']);
  });
  test('an unknown consumer by the credential, nobody known by the address', () => {
    expect(keys(subjects({ credentialId: 'sub-7' }))).toEqual(['credential:sub-7', 'ip:192.0.2.1', 'credential:sub-7', 'route:a']);
    expect(keys(subjects())).toEqual(['ip:192.0.2.1', 'ip:192.0.2.1', 'ip:192.0.2.1', 'route:a']);
  });
  test('IPv6 by /64', () => {
    expect(keys(subjects({ clientIp: '2001:db8::1' }))[1]).toBe('ip:2001:db8:0:0::/64');
  });
  test('all limits of a subject share its partition', () => {
    for (const use of plan.usesOf(0, acme)) expect(use.partition).toBe(partitionOf(use.key.split('|')[1]!));
  });
  test('subjects of any length make keys of bounded length', () => {
    const long = plan.usesOf(0, subjects({ credentialId: 'x'.repeat(100_000) }))[2]!;
    expect(long.key.length).toBeLessThan(200);
  });
  test('only subjects that the policy lists count as bounded', () => {
    expect(plan.usesOf(0, acme).map((use) => use.open)).toEqual([false, true, true, false]);
  });
});

describe('what a change of policy keeps', () => {
  const keyOf = (limits: LimitPolicy[], index: number) => compileLimits(document([route('a', limits)])).usesOf(0, acme)[index]!.key;

  test('raising a limit or moving it keeps its counter', () => {
    expect(keyOf([quota('day', 10), rate('consumer')], 0)).toBe(keyOf([rate('consumer'), quota('day', 20)], 1));
  });
  test('limits of one kind do not share a counter', () => {
    const keys = compileLimits(document([route('a', [quota('day', 1), quota('day', 2), quota('month')])])).usesOf(0, acme).map((u) => u.key);
    expect(new Set(keys).size).toBe(3);
  });
  test('a consumer that moves to another plan takes along what it has used', () => {
    const plans = { gold: [quota('day', 100)], silver: [quota('day', 10)] };
    const key = (plan: string) => compileLimits(document([route('a', [])], plans, plan)).usesOf(0, acme)[0]!.key;
    expect(key('gold')).toBe(key('silver'));
  });
  test('a limit too large to be counted exactly is refused', () => {
    expect(() => keyOf([{ kind: 'rate', permits: 1, periodMs: 86_400_000, burst: 1e9, per: 'ip' }], 0)).toThrow('cannot be counted exactly');
  });
});

test('names hold only what a structured field may', () => {
  const plan = compileLimits(document([route('a', [])], { 'gö"ld\\': [quota('day')] }, 'gö"ld\\'));
  expect(plan.usesOf(0, acme)[0]!.limit.name).toBe('plan.g__ld_.quota-day.consumer');
});
