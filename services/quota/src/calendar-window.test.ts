import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QUOTA_PERIODS } from '@sallyport/policy';
import { calendarWindow } from './calendar-window.js';

const iso = (ms: number) => new Date(ms).toISOString();

test.each([
  ['second', '2024-02-29T12:34:56.000Z', '2024-02-29T12:34:57.000Z'],
  ['minute', '2024-02-29T12:34:00.000Z', '2024-02-29T12:35:00.000Z'],
  ['hour', '2024-02-29T12:00:00.000Z', '2024-02-29T13:00:00.000Z'],
  ['day', '2024-02-29T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
  ['week', '2024-02-26T00:00:00.000Z', '2024-03-04T00:00:00.000Z'],
  ['month', '2024-02-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
] as const)('a %s begins and ends on the calendar in UTC', (period, start, end) => {
  const window = calendarWindow(period, Date.parse('2024-02-29T12:34:56.789Z'));
  expect([iso(window.startMs), iso(window.endMs)]).toEqual([start, end]);
});

test('windows tile time: each instant lies in its window, and the next window begins where it ends', () => {
  fc.assert(fc.property(fc.constantFrom(...QUOTA_PERIODS), fc.integer({ min: 0, max: 4e12 }), (period, atMs) => {
    const window = calendarWindow(period, atMs);
    expect(window.startMs <= atMs && atMs < window.endMs).toBe(true);
    expect(calendarWindow(period, window.endMs).startMs).toBe(window.endMs);
    expect(calendarWindow(period, window.startMs)).toEqual(window);
  }));
});
