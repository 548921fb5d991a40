import { expect, test } from 'vitest';
import { ratelimitFields } from './ratelimit-fields.js';

test('both fields list every limit by name, with what is allotted, what is left, and whole seconds rounded up', () => {
  const fields = ratelimitFields(
    [
      { kind: 'rate', name: 'route.orders.rate-s.consumer', permits: 50, periodMs: 1000, burst: 100 },
      { kind: 'quota', name: 'plan.gold.quota-month.consumer', amount: 2_000_000, period: 'month' },
    ],
    [{ remaining: 99, resetMs: 20 }, { remaining: 7, resetMs: 86_400_001 }],
    Date.parse('2024-02-29T12:00:00Z'),
  );
  expect(fields).toEqual({
    ratelimit: '"route.orders.rate-s.consumer";r=99;t=1, "plan.gold.quota-month.consumer";r=7;t=86401',
    'ratelimit-policy': '"route.orders.rate-s.consumer";q=100;w=2, "plan.gold.quota-month.consumer";q=2000000;w=2505600',
  });
});

test('an idle limit resets at once', () => {
  const fields = ratelimitFields(
    [{ kind: 'rate', name: 'r', permits: 5, periodMs: 1000, burst: 5 }],
    [{ remaining: 5, resetMs: 0 }],
    0,
  );
  expect(fields).toEqual({ ratelimit: '"r";r=5;t=0', 'ratelimit-policy': '"r";q=5;w=1' });
});
