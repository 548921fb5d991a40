import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OwnerClock } from './owner-clock.js';

test('the clock never runs backwards and is never behind the wall clock, whatever the wall clock does', () => {
  const step = fc.record({ passedMs: fc.integer({ min: 0, max: 10_000 }), wallJumpMs: fc.integer({ min: -1e6, max: 1e6 }) });
  fc.assert(fc.property(fc.array(step), fc.integer({ min: 0, max: 2e12 }), (steps, raisedMs) => {
    let wall = 1e12;
    let mono = 5;
    const clock = new OwnerClock(() => wall, () => mono);
    clock.raise(raisedMs);
    let last = clock.now();
    expect(last).toBeGreaterThanOrEqual(Math.max(raisedMs, wall));
    for (const { passedMs, wallJumpMs } of steps) {
      mono += passedMs;
      wall += passedMs + wallJumpMs;
      const now = clock.now();
      expect(now).toBeGreaterThanOrEqual(last);
      expect(now).toBeGreaterThanOrEqual(wall);
      last = now;
    }
  }));
});

test('a clock that is ahead runs at 7/8 speed until the wall clock has caught up', () => {
  let wall = 1e12;
  let mono = 0;
  const clock = new OwnerClock(() => wall, () => mono);
  clock.raise(wall + 1000);
  mono += 4000;
  wall += 4000;
  expect(clock.now()).toBe(1e12 + 1000 + 3500);
  mono += 4000;
  wall += 4000;
  expect(clock.now()).toBe(wall);
});

test('a machine that was suspended shows the right time at once', () => {
  let wall = 1e12;
  const clock = new OwnerClock(() => wall, () => 0);
  wall += 3_600_000;
  expect(clock.now()).toBe(wall);
});
