import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PARTITIONS } from '@sallyport/pipeline';
import { QuotaEngine } from './engine.js';
import type { Limit, LimitUse } from './limit.js';
import { ReferenceLimiter } from './testing/reference-limiter.js';

const START_MS = Date.parse('2024-02-28T23:59:58.500Z');
const rate = (permits: number, periodMs = 1000, burst = permits): Limit => ({ kind: 'rate', name: 'rate', permits, periodMs, burst });
const quota = (amount: number, period: 'second' | 'day' | 'month' = 'day'): Limit => ({ kind: 'quota', name: 'quota', amount, period });
const use = (limit: Limit, key = 'k', partition = 0, cost = 1, open = false): LimitUse => ({ key, partition, limit, cost, open });

function openEngine(maxCounters = 1000): QuotaEngine {
  const engine = new QuotaEngine({ maxCounters });
  for (let p = 0; p < PARTITIONS; p++) engine.open(p, new Map());
  return engine;
}

function grants(engine: QuotaEngine, uses: readonly LimitUse[], nowMs: number, tries: number): number {
  let granted = 0;
  for (let i = 0; i < tries; i++) if (engine.judge(uses, nowMs).kind === 'granted') granted++;
  return granted;
}

describe('one limit', () => {
  test('a burst passes at once, then one request an emission interval', () => {
    const engine = openEngine();
    const uses = [use(rate(50, 1000, 100))];
    expect(grants(engine, uses, START_MS, 200)).toBe(100);
    expect(grants(engine, uses, START_MS + 19, 5)).toBe(0);
    expect(grants(engine, uses, START_MS + 20, 5)).toBe(1);
    expect(grants(engine, uses, START_MS + 1020, 100)).toBe(50);
  });

  test('intervals that are no whole number of milliseconds lose nothing: 7 a minute are 7,000 in 1,000 minutes', () => {
    const engine = openEngine();
    const uses = [use(rate(7, 60_000, 1))];
    let granted = 0;
    for (let ms = 0; ms < 60_000_000; ms += 97) if (engine.judge(uses, START_MS + ms).kind === 'granted') granted++;
    expect(granted).toBeLessThanOrEqual(7000);
    // Trying only every 97 ms wastes up to 96 ms of each interval of 8,571.
    expect(granted).toBeGreaterThan(6900);
  });

  test('a quota starts anew with its calendar window, and says when', () => {
    const engine = openEngine();
    const uses = [use(quota(3))];
    expect(grants(engine, uses, START_MS, 5)).toBe(3);
    expect(engine.judge(uses, START_MS)).toEqual({
      kind: 'denied', reason: 'quota_exceeded', limit: 0, retryAfterS: 2, states: [{ remaining: 0, resetMs: 1500 }],
    });
    expect(grants(engine, uses, START_MS + 1500, 5)).toBe(3);
  });

  test('after the wait that a denial names, the request passes', () => {
    const engine = openEngine();
    const uses = [use(rate(3, 1000, 2))];
    grants(engine, uses, START_MS, 2);
    const denied = engine.judge(uses, START_MS);
    expect(denied).toMatchObject({ kind: 'denied', reason: 'rate_exceeded', retryAfterS: 1, states: [{ remaining: 0, resetMs: 334 }] });
    expect(engine.judge(uses, START_MS + 333).kind).toBe('denied');
    expect(engine.judge(uses, START_MS + 334).kind).toBe('granted');
  });

  test('changing how much is allowed keeps what was used', () => {
    const engine = openEngine();
    grants(engine, [use(quota(10))], START_MS, 8);
    expect(grants(engine, [use(quota(12))], START_MS, 20)).toBe(4);
    expect(engine.judge([use(quota(5))], START_MS).kind).toBe('denied');
  });
});

describe('several limits', () => {
  test('a denial takes from none of them, and names the one that waits longest', () => {
    const engine = openEngine();
    const free = use(rate(100), 'free', 1);
    const short = use(rate(1), 'short', 2);
    const long = use(quota(1), 'long', 3);
    expect(engine.judge([free, short, long], START_MS).kind).toBe('granted');
    expect(engine.judge([free, short, long], START_MS)).toMatchObject({ kind: 'denied', limit: 2, reason: 'quota_exceeded' });
    expect(engine.judge([free], START_MS)).toMatchObject({ states: [{ remaining: 98 }] });
  });

  test('the same counter named twice is taken from twice', () => {
    const engine = openEngine();
    const uses = [use(quota(3)), use(quota(3))];
    expect(grants(engine, uses, START_MS, 5)).toBe(1);
    expect(grants(engine, [use(quota(3))], START_MS, 5)).toBe(1);
  });

  test('a partition that is not here is said so before anything is taken', () => {
    const engine = openEngine();
    engine.close(5);
    expect(engine.judge([use(quota(1), 'a', 4), use(quota(1), 'b', 5)], START_MS)).toEqual({ kind: 'not_owner', partition: 5 });
    expect(engine.judge([use(quota(1), 'a', 4)], START_MS).kind).toBe('granted');
  });
});

describe('bounded memory', () => {
  test('made-up subjects leave room for listed ones, and known ones go on', () => {
    const engine = openEngine(100);
    const open = (i: number) => use(quota(2), `ip${i}`, i % PARTITIONS, 1, true);
    for (let i = 0; i < 75; i++) expect(engine.judge([open(i)], START_MS).kind).toBe('granted');
    expect(engine.judge([open(75)], START_MS)).toEqual({ kind: 'full' });
    expect(engine.judge([open(1)], START_MS).kind).toBe('granted');
    expect(engine.judge([use(quota(2), 'acme')], START_MS).kind).toBe('granted');
    expect(engine.size).toBe(76);
  });

  test('denied requests leave no counters behind', () => {
    const engine = openEngine(100);
    const spent = use(quota(0), 'spent');
    for (let i = 0; i < 50; i++) engine.judge([use(rate(5), `fresh${i}`), spent], START_MS);
    expect(engine.size).toBe(0);
  });

  test('expired counters make room, once the journal has been handed them', () => {
    const engine = openEngine(100);
    for (let i = 0; i < 100; i++) engine.judge([use(rate(10), `k${i}`, i % 3)], START_MS);
    expect(engine.judge([use(rate(10), 'new')], START_MS + 200)).toEqual({ kind: 'full' });
    for (let p = 0; p < 3; p++) for (const counter of engine.get(p)!.dirty) counter.dirty = false;
    expect(engine.sweep(START_MS + 99, 1000)).toBe(0);
    expect(engine.judge([use(rate(10), 'new')], START_MS + 200).kind).toBe('granted');
    engine.sweep(START_MS + 200, 1000);
    engine.sweep(START_MS + 200, 1000);
    expect(engine.size).toBe(1);
  });
});

const limits = fc.oneof(
  fc.record({
    kind: fc.constant('rate' as const), name: fc.constant('r'), permits: fc.integer({ min: 1, max: 20 }),
    periodMs: fc.constantFrom(1, 7, 1000, 60_000), burst: fc.integer({ min: 1, max: 20 }),
  }),
  fc.record({
    kind: fc.constant('quota' as const), name: fc.constant('q'), amount: fc.integer({ min: 0, max: 10 }),
    period: fc.constantFrom('second' as const, 'minute' as const, 'week' as const, 'month' as const),
  }),
);
const steps = fc.array(
  fc.record({
    passedMs: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 100_000 })),
    limits: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 4 }),
    cost: fc.integer({ min: 1, max: 3 }),
    sweep: fc.boolean(),
  }),
  { maxLength: 60 },
);

test('the engine agrees with a reference that counts in rational numbers, swept or not', () => {
  fc.assert(fc.property(fc.array(limits, { minLength: 4, maxLength: 4 }), steps, (four, run) => {
    const engine = openEngine();
    const reference = new ReferenceLimiter();
    let nowMs = START_MS;
    for (const step of run) {
      nowMs += step.passedMs;
      const uses = step.limits.map((i) => use(four[i]!, `k${i}`, i, step.cost));
      if (step.sweep) {
        for (let p = 0; p < 4; p++) for (const counter of engine.get(p)!.dirty.splice(0)) counter.dirty = false;
        engine.sweep(nowMs, 3);
      }
      const judgement = engine.judge(uses, nowMs);
      const expected = reference.judge(uses, nowMs);
      expect(judgement.kind === 'granted').toBe(expected.granted);
      expect('states' in judgement ? judgement.states.map((s) => s.remaining) : []).toEqual(expected.remaining);
      if (judgement.kind === 'denied') expect(judgement.states[judgement.limit]!.resetMs).toBe(Math.max(...expected.waitsMs));
    }
  }), { numRuns: 300 });
});

test('giving back never lets more pass than if it had not been taken', () => {
  const action = fc.record({ passedMs: fc.integer({ min: 0, max: 400 }), refundLater: fc.boolean(), refundNow: fc.boolean() });
  fc.assert(fc.property(limits, fc.array(action, { maxLength: 40 }), (limit, actions) => {
    const engine = openEngine();
    const reference = new ReferenceLimiter();
    const uses = [use(limit)];
    const pending: number[] = [];
    let nowMs = START_MS;
    for (const { passedMs, refundLater, refundNow } of actions) {
      nowMs += passedMs;
      if (refundNow && pending.length > 0) engine.refund(uses, pending.shift()!, nowMs);
      const judgement = engine.judge(uses, nowMs);
      if (judgement.kind !== 'granted') continue;
      if (refundLater) pending.push(judgement.takenAtMs);
      // What is kept must have been allowed by a limiter that never saw what is given back.
      else expect(reference.judge(uses, nowMs).granted).toBe(true);
    }
  }), { numRuns: 500 });
});

test('what is given back at once can be taken again', () => {
  const engine = openEngine();
  for (const limit of [rate(5), quota(5)]) {
    const uses = [use(limit, limit.kind)];
    for (let i = 0; i < 20; i++) {
      const judgement = engine.judge(uses, START_MS);
      if (judgement.kind !== 'granted') throw new Error('denied');
      engine.refund(uses, judgement.takenAtMs, START_MS);
    }
    expect(grants(engine, uses, START_MS, 10)).toBe(5);
  }
});
