import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PARTITIONS } from '@sallyport/pipeline';
import { partitionsOf } from './lease-table.js';
import { LeaseSimulation, type SimulationPlan } from './testing/lease-simulation.js';

const TTL_MS = 1500;
const RENEW_MS = 400;

const faults = fc.array(fc.record({
  atMs: fc.integer({ min: 0, max: 10_000 }),
  instance: fc.nat(4),
  kind: fc.constantFrom('crash' as const, 'stall' as const, 'stall' as const, 'cut' as const, 'cut' as const, 'leave' as const),
  forMs: fc.integer({ min: 1, max: 5000 }),
}), { maxLength: 8 });

const plans: fc.Arbitrary<SimulationPlan> = fc.record({
  instances: fc.array(
    fc.record({ startMs: fc.integer({ min: 0, max: 6000 }), drift: fc.double({ min: 0.97, max: 1.03, noNaN: true }) }),
    { minLength: 1, maxLength: 5 },
  ),
  faults,
  delays: fc.array(fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 5 }) }, { weight: 1, arbitrary: fc.integer({ min: 5, max: 3000 }) }), { minLength: 1, maxLength: 50 }),
}).map(({ instances, faults: some, delays }) => ({
  times: { ttlMs: TTL_MS, serveMs: 0.9 * TTL_MS },
  renewMs: RENEW_MS,
  instances,
  faults: some,
  // Slow messages belong to the time of troubles, so that the end can be judged.
  delayMs: (n: number) => (n < 150 ? delays[n % delays.length]! : 1),
}));

test('no partition ever has two owners, and epochs count its owners, whatever stalls, dies, leaves or is cut off', () => {
  fc.assert(fc.property(plans, (plan) => {
    new LeaseSimulation(plan).run(20_000);
  }), { numRuns: 100 });
}, 30_000);

test('after the troubles all partitions are served, shared evenly by whoever is left', () => {
  fc.assert(fc.property(plans, (plan) => {
    const simulation = new LeaseSimulation(plan);
    simulation.run(40_000);
    const living = simulation.actors.filter((actor) => !actor.gone);
    const loads = living.map((actor) => partitionsOf(simulation.table, actor.session.me).length);
    if (living.length === 0) return;
    expect(loads.reduce((a, b) => a + b, 0)).toBe(PARTITIONS);
    expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
    for (let p = 0; p < PARTITIONS; p++) expect(living.filter((actor) => simulation.serving(actor, p))).toHaveLength(1);
  }), { numRuns: 60 });
}, 30_000);

function steady(instances: number, more: Partial<SimulationPlan> = {}): LeaseSimulation {
  return new LeaseSimulation({
    times: { ttlMs: TTL_MS, serveMs: 0.9 * TTL_MS }, renewMs: RENEW_MS, faults: [], delayMs: () => 1,
    instances: Array.from({ length: instances }, (_, i) => ({ startMs: i * 137, drift: 1 })),
    ...more,
  });
}

test('a killed instance is noticed within the term of its lease and two renewals', () => {
  for (let at = 5000; at < 5400; at += 13) {
    const simulation = steady(3, { faults: [{ atMs: at, instance: 1, kind: 'crash', forMs: 0 }] });
    simulation.run(at + TTL_MS + 2 * RENEW_MS);
    expect(partitionsOf(simulation.table, 'i1')).toEqual([]);
    expect(simulation.table.holdings.every(({ member }) => member !== '')).toBe(true);
  }
});

test('a store that was away for longer than a lease makes nobody lose a partition', () => {
  const faults = [0, 1, 2].map((instance) => ({ atMs: 5000, instance, kind: 'cut' as const, forMs: 4000 }));
  const simulation = steady(3, { faults });
  simulation.run(4900);
  const before = simulation.table.holdings;
  simulation.run(12_000);
  expect(simulation.table.holdings).toEqual(before);
});

test('a newcomer gets its share from each, and nothing else moves', () => {
  const simulation = steady(3, { instances: [0, 100, 8000].map((startMs) => ({ startMs, drift: 1 })) });
  simulation.run(7900);
  const before = simulation.table.holdings.map(({ member }) => member);
  simulation.run(10_000);
  const after = simulation.table.holdings.map(({ member }) => member);
  const moved = after.filter((member, p) => member !== before[p]);
  expect(moved).toEqual(Array.from({ length: 21 }, () => 'i2'));
});
