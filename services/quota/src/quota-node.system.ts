import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { decodeOwners, OWNERS_SUBJECT, OwnersView, PARTITIONS } from '@sallyport/pipeline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Judgement } from './engine.js';
import type { LimitUse } from './limit.js';
import { QuotaNode, quotaNodeDefaults, type QuotaNodeStats } from './quota-node.js';
import { TestNatsServer } from './testing/nats-server.js';

let server: TestNatsServer;
let connection: NatsConnection;
let owners: OwnersView;
let nodes: QuotaNode[];
let children: ChildProcess[];
let names = 0;

beforeEach(async () => {
  server = new TestNatsServer(18402);
  await server.start();
  connection = await server.connect();
  [owners, nodes, children] = [new OwnersView(), [], []];
  connection.subscribe(OWNERS_SUBJECT, {
    callback: (_error, message) => {
      const map = decodeOwners(message.data, PARTITIONS);
      if (map !== undefined) owners.accept(map, performance.now());
    },
  });
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const node of nodes) node.close();
  await connection.close();
  await server.remove();
});

const use = (partition: number, amount: number): LimitUse =>
  ({ key: `k${partition}`, partition, limit: { kind: 'quota', name: 'q', amount, period: 'month' }, cost: 1, open: false });
const everyPartition = [...Array.from({ length: PARTITIONS }).keys()];

async function startNode(): Promise<QuotaNode> {
  const node = await QuotaNode.start(connection, { ...quotaNodeDefaults, instance: `n${names++}`, onFault: () => undefined });
  nodes.push(node);
  return node;
}

async function until(what: string, condition: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<number> {
  const startMs = performance.now();
  while (!(await condition())) {
    if (performance.now() - startMs > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(5);
  }
  return performance.now() - startMs;
}

const allServed = (some: readonly QuotaNode[]) => until('every partition is served', () =>
  some.reduce((sum, node) => sum + node.stats().serving, 0) === PARTITIONS);

/** Judges wherever the partition is, as the stage does: waits while it moves. */
async function judge(some: readonly QuotaNode[], uses: readonly LimitUse[]): Promise<Judgement> {
  for (let tries = 0; tries < 200; tries++) {
    for (const node of some) {
      const judgement = node.judge(uses);
      if (judgement.kind !== 'not_owner') return judgement;
    }
    await sleep(2);
  }
  throw new Error('nobody serves the partition');
}

class Child {
  readonly name = `c${names++}`;
  readonly process: ChildProcess;

  constructor() {
    const script = fileURLToPath(new URL('../dist/testing/node-process.js', import.meta.url));
    this.process = spawn(process.execPath, [script, server.url, this.name], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(this.process);
  }

  async ready(): Promise<this> {
    await once(this.process.stdout!, 'data');
    return this;
  }

  async judge(uses: readonly LimitUse[], timeout = 1000): Promise<Judgement> {
    return (await connection.request(`judge.${this.name}`, JSON.stringify(uses), { timeout })).json<Judgement>();
  }

  async stats(): Promise<QuotaNodeStats> {
    return (await connection.request(`stats.${this.name}`, '', { timeout: 1000 })).json<QuotaNodeStats>();
  }
}

function remaining(judgement: Judgement): number {
  return 'states' in judgement ? judgement.states[0]!.remaining : NaN;
}

test('instances that come and go share the partitions evenly, and the published map follows', async () => {
  const first = await startNode();
  await allServed([first]);
  const second = await startNode();
  const third = await startNode();
  await until('three share', () => nodes.map((node) => node.stats().serving).join() === '22,21,21');
  await second.leave();
  await until('two share', () => first.stats().serving === 32 && third.stats().serving === 32, 1000);
  await until('the map says so', () => everyPartition.every((p) => {
    const holder = first.locate(p).kind === 'here' ? first : third;
    const other = holder === first ? third : first;
    const seen = other.locate(p);
    return seen.kind === 'at' && owners.ownerOf(p)?.instance === seen.instance && owners.ownerOf(p)?.epoch === seen.epoch;
  }), 2000);
});

test('the map is published at least every half second', async () => {
  await startNode();
  const heard: number[] = [];
  connection.subscribe(OWNERS_SUBJECT, { callback: () => void heard.push(performance.now()) });
  await sleep(2500);
  const gaps = heard.slice(1).map((atMs, index) => atMs - heard[index]!);
  expect(Math.max(...gaps)).toBeLessThan(600);
});

test('a quota of N grants N, no more and no fewer, to concurrent callers while instances join and leave', async () => {
  const amount = 400;
  await allServed([await startNode()]);
  let live = [...nodes];
  const granted = everyPartition.map(() => 0);
  let stop = false;
  const caller = async (seed: number) => {
    for (let i = seed; !stop; i += 17) {
      const partition = i % PARTITIONS;
      if ((await judge(live, [use(partition, amount)])).kind === 'granted') granted[partition]!++;
      if (i % 3 === 0) await sleep(1);
    }
  };
  const callers = Array.from({ length: 12 }, (_, i) => caller(i));
  for (const step of ['join', 'join', 'leave', 'join', 'leave', 'leave', 'join'] as const) {
    if (step === 'join') live = [...live, await startNode()];
    else {
      const [oldest, ...rest] = live;
      await oldest!.leave();
      live = rest;
    }
    await sleep(700);
  }
  stop = true;
  await Promise.all(callers);
  await allServed(live);
  for (const partition of everyPartition) {
    while ((await judge(live, [use(partition, amount)])).kind === 'granted') granted[partition]!++;
  }
  expect(granted).toEqual(everyPartition.map(() => amount));
});

test('when an owner is killed, another serves its partitions within 3 s, with all that was journaled', async () => {
  const [first, second] = [await new Child().ready(), await new Child().ready()];
  await until('both share', async () => (await first.stats()).serving === 32 && (await second.stats()).serving === 32);
  const mine: number[] = [];
  for (const p of everyPartition) if ((await first.judge([use(p, 1000)])).kind === 'granted') mine.push(p);
  expect(mine).toHaveLength(32);
  await sleep(100);
  expect((await first.stats()).unjournaledGrants).toBe(0);

  first.process.kill('SIGKILL');
  const tookMs = await until('the other serves all', async () => (await second.stats()).serving === PARTITIONS);
  expect(tookMs).toBeLessThan(3000);
  for (const p of mine) expect(remaining(await second.judge([use(p, 1000)]))).toBe(998);
});

test('a kill under load forgets no more than what was granted in the last moments', async () => {
  const [first, second] = [await new Child().ready(), await new Child().ready()];
  await until('both share', async () => (await first.stats()).serving === 32 && (await second.stats()).serving === 32);
  const partition = (await Promise.all(everyPartition.map((p) => first.judge([use(p, 1e6)])))).findIndex(({ kind }) => kind === 'granted');
  const grantedAtMs: number[] = [performance.now()];
  let stop = false;
  const caller = async () => {
    while (!stop) {
      const judgement = await first.judge([use(partition, 1e6)], 300).catch(() => undefined);
      if (judgement?.kind === 'granted') grantedAtMs.push(performance.now());
    }
  };
  const callers = Array.from({ length: 8 }, caller);
  await sleep(1500);
  const killedAtMs = performance.now();
  first.process.kill('SIGKILL');
  stop = true;
  await Promise.all(callers);
  await until('the other serves all', async () => (await second.stats()).serving === PARTITIONS);

  const remembered = 1e6 - remaining(await second.judge([use(partition, 1e6)])) - 1;
  const late = grantedAtMs.filter((atMs) => atMs > killedAtMs - 50).length;
  expect(grantedAtMs.length - remembered).toBeLessThanOrEqual(late);
  expect(grantedAtMs.length).toBeGreaterThan(500);
});

test('an owner that was stopped and runs again grants nothing by its old lease', async () => {
  const [first, second] = [await new Child().ready(), await new Child().ready()];
  await until('both share', async () => (await first.stats()).serving === 32 && (await second.stats()).serving === 32);
  const judged = await Promise.all(everyPartition.map((p) => first.judge([use(p, 5)])));
  const mine = everyPartition.filter((p) => judged[p]!.kind === 'granted');
  await sleep(100);

  first.process.kill('SIGSTOP');
  await until('the other serves all', async () => (await second.stats()).serving === PARTITIONS);
  const queued = mine.map((p) => first.judge([use(p, 5)], 5000));
  for (const p of mine) for (let i = 0; i < 4; i++) expect((await second.judge([use(p, 5)])).kind).toBe('granted');
  first.process.kill('SIGCONT');
  for (const judgement of await Promise.all(queued)) expect(judgement.kind).toBe('not_owner');

  // It takes part again, and what it gets back is as the other left it.
  await until('both share', async () => (await first.stats()).serving === 32 && (await second.stats()).serving === 32);
  for (const p of everyPartition) {
    for (const child of [first, second]) if (mine.includes(p)) expect((await child.judge([use(p, 5)])).kind).not.toBe('granted');
  }
});

test.each(['SIGTERM', 'SIGKILL'] as const)('a broker that goes by %s and comes back finds the same owners with the same counts', async (signal) => {
  const [first, second] = [await startNode(), await startNode()];
  await until('both share', () => first.stats().serving === 32 && second.stats().serving === 32);
  for (const p of everyPartition) await judge(nodes, [use(p, 3)]);
  const before = everyPartition.map((p) => first.locate(p).kind === 'here');

  await server.stop(signal);
  // Nobody may grant once the lease has run out; until then nothing that is granted gets lost.
  await sleep(2000);
  expect([first.judge([use(0, 3)]).kind, second.judge([use(0, 3)]).kind]).toEqual(['not_owner', 'not_owner']);
  await server.start();
  const tookMs = await until('both serve', () => first.stats().serving === 32 && second.stats().serving === 32);
  expect(tookMs).toBeLessThan(3000);
  expect(everyPartition.map((p) => first.locate(p).kind === 'here')).toEqual(before);
  for (const p of everyPartition) {
    expect(remaining(await judge(nodes, [use(p, 3)]))).toBe(1);
    expect((await judge(nodes, [use(p, 3)])).kind).toBe('granted');
    expect((await judge(nodes, [use(p, 3)])).kind).toBe('denied');
  }
});

test('counts survive a restart of everything', async () => {
  const first = await startNode();
  await allServed([first]);
  for (const p of everyPartition) await judge([first], [use(p, 10)]);
  await first.leave();
  await connection.close();
  await server.stop();
  await server.start();
  connection = await server.connect();
  const next = await startNode();
  await allServed([next]);
  for (const p of everyPartition) expect(remaining(await judge([next], [use(p, 10)]))).toBe(8);
});
