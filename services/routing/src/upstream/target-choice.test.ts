import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSmoothly } from './smooth-weighted.js';
import { TargetHealth } from './target-health.js';

describe('chooseSmoothly', () => {
  it('gives each target its exact share of every round', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 6 }), (weights) => {
        const targets = weights.map((weight) => ({ weight, current: 0, taken: 0 }));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        for (let i = 0; i < total * 3; i++) chooseSmoothly(targets, () => true)!.taken++;
        expect(targets.map((target) => target.taken)).toEqual(weights.map((weight) => weight * 3));
        if (total === 0) expect(chooseSmoothly(targets, () => true)).toBeUndefined();
      }),
    );
  });

  it('spreads a heavy target instead of serving it in a row', () => {
    const targets = [5, 1, 1].map((weight, i) => ({ name: 'abc'[i], weight, current: 0 }));
    const round = Array.from({ length: 7 }, () => chooseSmoothly(targets, () => true)!.name);
    expect(round.join('')).toBe('aabacaa');
  });

  it('leaves out what is not admitted', () => {
    const targets = [1, 1].map((weight) => ({ weight, current: 0 }));
    for (let i = 0; i < 5; i++) expect(chooseSmoothly(targets, (target) => target === targets[1])).toBe(targets[1]);
  });
});

describe('TargetHealth', () => {
  it('sets a target aside for 1 s after a failure, doubling up to 30 s, and forgets at the first success', () => {
    const health = new TargetHealth();
    let nowMs = 0;
    for (const backoffMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      health.failed(nowMs);
      expect(health.admits(nowMs + backoffMs - 1)).toBe(false);
      expect(health.admits(nowMs + backoffMs)).toBe(true);
      nowMs += backoffMs;
    }
    health.succeeded();
    expect(health.admits(nowMs)).toBe(true);
    health.failed(nowMs);
    expect(health.admits(nowMs + 1_000)).toBe(true);
  });

  it('counts the attempts that fail together as one outage', () => {
    const health = new TargetHealth();
    for (let i = 0; i < 64; i++) health.failed(i);
    expect(health.failures).toBe(1);
    expect(health.admits(1_000)).toBe(true);
  });

  it('lets one request at a time try a target that was set aside', () => {
    const health = new TargetHealth();
    health.failed(0);
    health.chosen(1_000);
    expect(health.admits(1_001)).toBe(false);
    health.failed(1_100);
    expect(health.admits(3_100)).toBe(true);
    health.chosen(3_100);
    // Its outcome never came.
    expect(health.admits(33_100)).toBe(true);
  });
});
