import { describe, expect, it } from 'vitest';
import { eventSubjectFilter, parseSince } from './event-filter.js';

describe('a pattern of event types', () => {
  it.each([
    ['>', 'security.>'],
    ['auth.>', 'security.auth.>'],
    ['auth.*', 'security.auth.*.>'],
    ['*.scope_missing', 'security.*.scope_missing.>'],
    ['quota.rate_exceeded', 'security.quota.rate_exceeded.>'],
    ['quota.rate_exceeded.>', 'security.quota.rate_exceeded.>'],
    ['*.*', 'security.*.*.>'],
  ])('%s is the subject %s', (pattern, subject) => {
    expect(eventSubjectFilter(pattern)).toBe(subject);
  });

  it.each(['', 'auth', '>.auth', 'auth..x', 'a.b.c', 'a.b.c.>', 'auth.> ', 'AUTH.x', 'auth.sc*', '$JS.>', 'auth.x\r\nPUB'])('%j is none', (pattern) => {
    expect(eventSubjectFilter(pattern)).toBeUndefined();
  });
});

describe('since', () => {
  const nowMs = Date.parse('2026-03-01T12:00:00Z');

  it.each([
    ['10m', '2026-03-01T11:50:00.000Z'],
    ['2d', '2026-02-27T12:00:00.000Z'],
    ['2026-02-03', '2026-02-03T00:00:00.000Z'],
    ['2026-02-03T04:05:06.7Z', '2026-02-03T04:05:06.700Z'],
    ['2026-02-03T04:05+01:00', '2026-02-03T03:05:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(new Date(parseSince(text, nowMs)!).toISOString()).toBe(instant);
  });

  it.each(['', '10', '-5m', 'yesterday', '2026', '2026-13-01', '1.5h'])('%j is refused', (text) => {
    expect(parseSince(text, nowMs)).toBeUndefined();
  });
});
