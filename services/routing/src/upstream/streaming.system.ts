import { type ChildProcess, fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BodySource } from './body-source.js';
import { LastChunkHold } from './hold-last-chunk.js';
import { collectAnswer } from './testing/collect-answer.js';
import { createUpstreamPools, type Upstreams } from './upstream-pools.js';

const MiB = 1024 * 1024;
const boundBytes = 40 * MiB;

let upstream: ChildProcess;
let upstreams: Upstreams;

beforeAll(async () => {
  upstream = fork(new URL('./testing/bulk-upstream.mjs', import.meta.url), { execArgv: [] });
  const [port] = await once(upstream, 'message');
  upstreams = createUpstreamPools().open({ orders: { timeoutMs: 5_000, targets: [{ url: `http://127.0.0.1:${port}`, weight: 1 }] } });
  await download(64 * MiB, 0);
  await upload(64 * MiB);
});

afterAll(async () => {
  await upstreams.release();
  upstream.disconnect();
});

/** Runs the work and returns by how much this process grew meanwhile, at most. */
async function measureGrowth(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
  await work();
  clearInterval(watch);
  return Math.max(peak, process.memoryUsage.rss()) - before;
}

/** Reads all of it, pausing after every `pauseBytes` (0: never), and compares digests. */
async function download(bytes: number, pauseBytes: number): Promise<void> {
  const sum = createHash('sha256');
  let received = 0;
  let untilPause = pauseBytes;
  const trailers = await new Promise<string[]>((resolve, reject) => {
    const control = upstreams.send(
      { upstream: 'orders', method: 'GET', path: `/${bytes}`, headers: [] },
      {
        onHead: () => undefined,
        onData: (chunk) => {
          sum.update(chunk);
          received += chunk.length;
          untilPause -= chunk.length;
          if (pauseBytes === 0 || untilPause > 0) return true;
          untilPause = pauseBytes;
          setTimeout(() => control.resume(), 1);
          return false;
        },
        onEnd: resolve,
        onError: (failure) => reject(new Error(failure.detail)),
      },
    );
  });
  expect(received).toBe(bytes);
  expect(trailers).toEqual(['x-sha256', sum.digest('hex')]);
}

/** Sends that much through the hold of the last chunk, heeding back-pressure, and compares digests. */
async function upload(bytes: number): Promise<void> {
  const block = randomBytes(64 * 1024);
  const sum = createHash('sha256');
  const hold = new LastChunkHold();
  let left = bytes;
  const pump = (): void => {
    while (left > 0) {
      const chunk = Buffer.from(block);
      chunk.writeDoubleLE(left);
      left -= chunk.length;
      sum.update(chunk);
      const released = hold.push(chunk);
      if (released !== undefined && !source.write(released)) return;
    }
    const held = hold.finish(sum.copy().digest());
    if (!held.agrees) throw new Error('the digest does not agree');
    if (held.last !== undefined) source.write(held.last);
    source.end();
  };
  let over = false;
  const source = new BodySource(bytes, { onDrain: () => over || pump(), onClose: () => (over = true) });
  const { done } = collectAnswer(upstreams, { method: 'PUT', body: source });
  pump();
  const heard = await done;
  expect(heard.failure).toBeUndefined();
  expect(JSON.parse(heard.body.toString())).toEqual({ bytes, sha256: sum.digest('hex') });
}

describe('1 GiB passes byte for byte while the process grows by less than 40 MiB', () => {
  it.each<[string, () => Promise<void>]>([
    ['down, as fast as it comes', () => download(1024 * MiB, 0)],
    ['down, to a reader that pauses after every 256 KiB', () => download(1024 * MiB, 256 * 1024)],
    ['up', () => upload(1024 * MiB)],
  ])('%s', { timeout: 120_000 }, async (_name, work) => {
    const startedAtMs = performance.now();
    const grownBytes = await measureGrowth(work);
    const tookS = (performance.now() - startedAtMs) / 1_000;
    process.stderr.write(`grown ${(grownBytes / MiB).toFixed(1)} MiB, ${(1024 / tookS).toFixed(0)} MiB/s\n`);
    expect(grownBytes).toBeLessThan(boundBytes);
  });
});

describe('many at once', () => {
  it('64 uploads and 64 paused downloads of 1 MiB grow it by less than 64 MiB', { timeout: 120_000 }, async () => {
    const grownBytes = await measureGrowth(async () => {
      await Promise.all(Array.from({ length: 64 }, () => upload(MiB)));
      await Promise.all(Array.from({ length: 64 }, () => download(MiB, 64 * 1024)));
    });
    process.stderr.write(`grown ${(grownBytes / MiB).toFixed(1)} MiB\n`);
    expect(grownBytes).toBeLessThan(64 * MiB);
  });
});
