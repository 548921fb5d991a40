import { PARTITIONS } from '@sallyport/pipeline';
import { expect, test } from 'vitest';
import { QuotaEngine } from '../engine.js';
import type { LimitUse } from '../limit.js';
import type { Location } from '../quota-node.js';
import { decide, type QuotaGathered, type QuotaState } from './decide.js';
import { decodeTaken } from './taken.js';

const NOW_MS = Date.parse('2024-02-29T12:00:00Z');
const use = (name: string, partition: number, amount = 2): LimitUse =>
  ({ key: name, partition, limit: { kind: 'quota', name, amount, period: 'minute' }, cost: 1, open: false });
const gathered = (pending: readonly LimitUse[], more: Partial<QuotaGathered> = {}): QuotaGathered =>
  ({ pending, taken: [], headers: [], ...more });

function owner(instance: string, elsewhere: Record<number, Location> = {}): QuotaState {
  const engine = new QuotaEngine();
  for (let p = 0; p < PARTITIONS; p++) if (elsewhere[p] === undefined) engine.open(p, new Map());
  return { instance, judge: (uses) => engine.judge(uses, NOW_MS), locate: (p) => elsewhere[p] ?? { kind: 'here' } };
}
const at = (instance: string): Location => ({ kind: 'at', instance, epoch: 1 });

test('a request without limits passes, and says nothing of any', () => {
  expect(decide(gathered([]), owner('a'), NOW_MS)).toEqual({
    verdict: { kind: 'allow', facts: { headers: [], taken: '' } }, next: 'p.validation',
  });
});

test('limits that are all here are judged here, and what is left is told', () => {
  const { verdict, next } = decide(gathered([use('x', 1), use('y', 2)]), owner('a'), NOW_MS);
  expect(next).toBe('p.validation');
  expect(verdict).toEqual({
    kind: 'allow',
    facts: { taken: '', headers: ['ratelimit', '"x";r=1;t=60, "y";r=1;t=60', 'ratelimit-policy', '"x";q=2;w=60, "y";q=2;w=60'] },
  });
});

test('a used up limit is denied with what to wait for', () => {
  const state = owner('a');
  for (let i = 0; i < 2; i++) decide(gathered([use('x', 1)]), state, NOW_MS);
  expect(decide(gathered([use('x', 1)]), state, NOW_MS).verdict).toEqual({
    kind: 'deny', reason: 'quota_exceeded', detail: 'The limit x is reached.', retryAfterS: 60,
    headers: { ratelimit: '"x";r=0;t=60', 'ratelimit-policy': '"x";q=2;w=60' },
  });
});

test('limits of two owners are judged one after another, and the fields of both are joined', () => {
  const uses = [use('x', 1), use('y', 2)];
  const first = decide(gathered(uses), owner('a', { 2: at('b') }), NOW_MS);
  expect(first.next).toBe('p.quota.b');
  if (first.verdict.kind !== 'allow') throw new Error('denied');
  const taken = decodeTaken(first.verdict.facts.taken)!;
  expect(taken).toEqual([{ instance: 'a', takenAtMs: NOW_MS, partitions: [1] }]);

  const second = decide(gathered([uses[1]!], { taken, headers: first.verdict.facts.headers }), owner('b', { 1: at('a') }), NOW_MS);
  expect(second.next).toBe('p.validation');
  expect(second.verdict).toMatchObject({
    kind: 'allow', facts: { headers: ['ratelimit', '"x";r=1;t=60, "y";r=1;t=60', 'ratelimit-policy', '"x";q=2;w=60, "y";q=2;w=60'] },
  });
});

test('a request that came to the wrong owner goes on, with nothing taken', () => {
  const { verdict, next } = decide(gathered([use('x', 1)]), owner('a', { 1: at('b') }), NOW_MS);
  expect(next).toBe('p.quota.b');
  expect(verdict).toMatchObject({ kind: 'allow', facts: { taken: `a:${NOW_MS}:` } });
});

test('two owners who each believe the other give up after a few hops', () => {
  const state = owner('a', { 1: at('b') });
  let next = gathered([use('x', 1)]);
  for (let hops = 0; hops < 20; hops++) {
    const { verdict } = decide(next, state, NOW_MS);
    if (verdict.kind === 'deny') return expect(verdict.reason).toBe('stage_unavailable');
    next = { ...next, taken: decodeTaken(verdict.facts.taken)! };
  }
  throw new Error('never given up');
});

test.each([
  ['nobody owns the counter', { 1: { kind: 'nowhere' } as Location }, []],
  ['the map sends it in circles', { 1: at('b') }, Array.from({ length: 8 }, () => ({ instance: 'c', takenAtMs: 1, partitions: [9] }))],
])('when %s, the request is refused', (_when, elsewhere, taken) => {
  const { verdict } = decide(gathered([use('x', 1)], { taken }), owner('a', elsewhere), NOW_MS);
  expect(verdict).toMatchObject({ kind: 'deny', reason: 'stage_unavailable' });
});

test('without room for a new counter the request is refused as overload, not passed', () => {
  const state: QuotaState = { instance: 'a', judge: () => ({ kind: 'full' }), locate: () => ({ kind: 'here' }) };
  expect(decide(gathered([use('x', 1)]), state, NOW_MS).verdict).toMatchObject({ kind: 'deny', reason: 'overloaded' });
});
