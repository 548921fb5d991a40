import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AppendOutcome } from './append-channel.js';
import type { Counter } from './counter.js';
import { QuotaEngine } from './engine.js';
import { JOURNAL_STREAM, JournalStore, type JournalLog } from './journal-store.js';
import type { LimitUse } from './limit.js';
import { OwnerClock } from './owner-clock.js';
import { Fenced, PartitionJournal } from './partition-journal.js';
import { TestNatsServer } from './testing/nats-server.js';

const server = new TestNatsServer(18401);
let connection: NatsConnection;
let store: JournalStore;
let partition = -1;

beforeAll(async () => {
  await server.start();
  connection = await server.connect();
  store = await JournalStore.open(connection);
});
afterAll(async () => {
  store.close();
  await connection.close();
  await server.remove();
});

const always = () => true;
const use = (key: string): LimitUse =>
  ({ key, partition, limit: { kind: 'quota', name: 'q', amount: 1e9, period: 'month' }, cost: 1, open: false });

async function take(instance: string, epoch: number, log: JournalLog = store, clock = new OwnerClock()) {
  const taken = await PartitionJournal.take({ store: log, clock, instance }, partition, epoch, always);
  const engine = new QuotaEngine();
  engine.open(partition, taken!.counters);
  const state = engine.get(partition)!;
  return {
    journal: taken!.journal, state, clock,
    grant: (key: string) => engine.judge([use(key)], clock.now()).kind,
    write: async () => {
      do await taken!.journal.write(state);
      while (state.dirty.length > 0);
    },
  };
}

function used(counters: ReadonlyMap<string, Counter>): Record<string, number> {
  return Object.fromEntries([...counters].map(([key, { value }]) => [key, value]));
}

async function messages(): Promise<number> {
  const manager = await jetstreamManager(connection);
  const info = await manager.streams.info(JOURNAL_STREAM, { subjects_filter: `quota.journal.${partition}` });
  return info.state.subjects?.[`quota.journal.${partition}`] ?? 0;
}

test('the next owner finds what the last one wrote, and nothing that it did not', async () => {
  partition++;
  const first = await take('a', 1);
  for (const key of ['x', 'y', 'x']) first.grant(key);
  await first.write();
  first.grant('z');
  expect(used((await take('b', 2)).state.counters)).toEqual({ x: 2, y: 1 });
});

test('whoever was shut out cannot write any more, and learns it by trying', async () => {
  partition++;
  const first = await take('a', 1);
  const second = await take('b', 2);
  first.grant('x');
  await expect(first.write()).rejects.toThrow(Fenced);
  second.grant('y');
  await second.write();
  expect(used((await take('c', 3)).state.counters)).toEqual({ y: 1 });
});

test('of many that take a partition over at once, exactly the last can write', async () => {
  partition++;
  const all = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((instance, index) => take(instance, index)));
  const outcomes = await Promise.all(all.map(async (owner) => {
    owner.grant('x');
    return owner.write().then(() => 'written', (cause: unknown) => (cause instanceof Fenced ? 'fenced' : 'failed'));
  }));
  expect(outcomes.toSorted()).toEqual(['fenced', 'fenced', 'fenced', 'fenced', 'written']);
});

test("a new owner's clock is not behind the last one's, however slow its own", async () => {
  partition++;
  const aheadMs = 3_600_000;
  const first = await take('a', 1, store, new OwnerClock(() => Date.now() + aheadMs));
  first.grant('x');
  await first.write();
  const second = await take('b', 2);
  expect(second.clock.now()).toBeGreaterThanOrEqual(first.clock.now() - 1000);
  expect(second.clock.now()).toBeGreaterThan(Date.now() + aheadMs - 60_000);
});

test('journals stay short: what is superseded is dropped, and nothing else', async () => {
  partition++;
  const owner = await take('a', 1);
  for (let i = 0; i < 1000; i++) {
    owner.grant(`k${i % 7}`);
    await owner.write();
  }
  expect(await messages()).toBeLessThan(210);
  const next = await take('b', 2);
  expect(Object.values(used(next.state.counters)).reduce((a, b) => a + b)).toBe(1000);
});

test('a partition of any size is compacted in pieces, while it changes', async () => {
  partition++;
  const owner = await take('a', 1);
  for (let i = 0; i < 40_000; i++) owner.grant(`plan.quota-month.consumer|consumer:customer-${i}`);
  for (let round = 0; round < 60; round++) {
    for (let i = 0; i < 1000; i++) owner.grant(`plan.quota-month.consumer|consumer:customer-${(i * 7 + round) % 40_000}`);
    await owner.journal.write(owner.state);
  }
  while (owner.state.dirty.length > 0 || owner.journal.compacting) await owner.journal.write(owner.state);
  const next = await take('b', 2);
  expect(used(next.state.counters)).toEqual(used(owner.state.counters));
  expect(await messages()).toBeLessThan(120);
});

/** A real journal whose answers, or requests, get lost as the test says. */
function losing(losses: readonly ('none' | 'answer' | 'request')[]): JournalLog {
  let n = 0;
  return {
    last: (p) => store.last(p),
    replay: (p, sequence, apply) => store.replay(p, sequence, apply),
    purgeBefore: (p, sequence) => store.purgeBefore(p, sequence),
    append: async (p, bytes, expected): Promise<AppendOutcome> => {
      const loss = losses[n++] ?? 'none';
      if (loss === 'request') return { kind: 'unknown', cause: 'lost' };
      const outcome = await store.append(p, bytes, expected);
      return loss === 'answer' ? { kind: 'unknown', cause: 'lost' } : outcome;
    },
  };
}

test('lost requests and lost answers change nothing: every record is there once', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom('none' as const, 'answer' as const, 'request' as const), { maxLength: 12 }), async (losses) => {
    partition++;
    const owner = await take('a', 1, losing(losses));
    for (let i = 0; i < 5; i++) {
      owner.grant('x');
      await owner.write();
    }
    expect(await messages()).toBeGreaterThanOrEqual(6);
    const next = await take('b', 2);
    expect(used(next.state.counters)).toEqual({ x: 5 });
  }), { numRuns: 10 });
});

test('a journal that cannot be read is refused, not skipped', async () => {
  partition++;
  await store.append(partition, Buffer.from('nonsense'), 0);
  await expect(take('a', 1)).rejects.toThrow('instead of 1');
});
