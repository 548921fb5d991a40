import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimerWheel, type WheelEntry } from './timer-wheel.js';

class Alarm implements WheelEntry {
  wheelNext: WheelEntry | undefined = undefined;
  wheelPrevious: WheelEntry | undefined = undefined;
  wheelTick = -1;
  dueAtMs: number[] = [];
  next: () => void = () => undefined;

  onDue(): void {
    this.dueAtMs.push(performance.now());
    this.next();
  }
}

describe('TimerWheel', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setImmediate', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('is never early and at most two ticks late, beyond one turn of the wheel too', () => {
    const wheel = new TimerWheel(20);
    for (const delayMs of [0, 1, 19, 20, 21, 500, 5_000, 20_479, 20_481, 60_000, 300_000]) {
      const alarm = new Alarm();
      vi.advanceTimersByTime(7);
      const setAtMs = performance.now();
      wheel.set(alarm, delayMs);
      vi.advanceTimersByTime(delayMs + 60);
      expect(alarm.dueAtMs).toHaveLength(1);
      expect(alarm.dueAtMs[0]! - setAtMs).toBeGreaterThanOrEqual(delayMs);
      expect(alarm.dueAtMs[0]! - setAtMs).toBeLessThanOrEqual(delayMs + 41);
    }
  });

  it('forgets what was cleared and moves what is set again', () => {
    const wheel = new TimerWheel(20);
    const [kept, cleared, moved] = [new Alarm(), new Alarm(), new Alarm()];
    for (const alarm of [kept, cleared, moved]) wheel.set(alarm, 100);
    wheel.clear(cleared);
    wheel.set(moved, 300);
    vi.advanceTimersByTime(160);
    expect([kept, cleared, moved].map((alarm) => alarm.dueAtMs.length)).toEqual([1, 0, 0]);
    vi.advanceTimersByTime(200);
    expect(moved.dueAtMs).toHaveLength(1);
  });

  it('lets an entry that is due clear another of the same tick, and set itself again', () => {
    const wheel = new TimerWheel(20);
    const [one, other] = [new Alarm(), new Alarm()];
    one.next = () => (wheel.clear(other), wheel.set(one, 100));
    other.next = () => (wheel.clear(one), wheel.set(other, 100));
    wheel.set(one, 50);
    wheel.set(other, 50);
    vi.advanceTimersByTime(100);
    expect(one.dueAtMs.length + other.dueAtMs.length).toBe(1);
    expect(wheel.size).toBe(1);
  });

  it('runs no timer while it is empty', () => {
    const wheel = new TimerWheel(20);
    const alarm = new Alarm();
    wheel.set(alarm, 10);
    vi.advanceTimersByTime(100);
    expect(wheel.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
