import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestGateway, Upstream } from './src/index.js';

const gibibyte = 1024 ** 3;
const mebibyte = 1024 ** 2;
const services = ['ingress', 'auth', 'quota', 'validation', 'routing', 'nats-server'] as const;
const boundMib = 64;
/** Text and values of whole JSON bodies pile up in validation before they are collected: measured 40 to 105 MiB. */
const wholeBodiesMib = 160;

let upstream: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await Upstream.start();
  gateway = await TestGateway.start({
    files: { 'c.yaml': "{ openapi: 3.1.0, info: { title: t, version: '1' }, paths: { /checked: { post: { requestBody: { content: { application/json: { schema: { type: object, required: [data] } } } } } } } }" },
    policy: `
version: 1
upstreams: { up: { targets: [ { url: '${upstream.url}' } ], timeout: 30s } }
routes:
  - { id: up, match: { path: /up }, upstream: up, auth: public, validate: { maxBody: 2GiB } }
  - { id: bytes, match: { path: /bytes/:n }, upstream: up, auth: public }
  - { id: checked, match: { path: /checked }, upstream: up, auth: public, validate: { openapi: ./c.yaml, maxBody: 2MiB } }
`,
  });
  // What a process takes for its first bodies it keeps; growth is counted after that.
  await upload('/up', 32 * mebibyte);
  await download('/bytes/33554432');
  await upload('/checked', mebibyte);
});

afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

function rssMib(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}

/** The growth of every process's resident memory, at its highest during `work`, over what it was before. */
async function growthDuring(work: () => Promise<void>): Promise<Record<string, number>> {
  const before = new Map<string, { pid: number; rss: number }>();
  for (const service of services) {
    const [pid] = await gateway.pids(service);
    before.set(service, { pid: pid!, rss: rssMib(pid!, 'VmRSS') });
  }
  const peaks = new Map<string, number>();
  const timer = setInterval(() => {
    for (const [service, { pid }] of before) peaks.set(service, Math.max(peaks.get(service) ?? 0, rssMib(pid, 'VmRSS')));
  }, 50);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Object.fromEntries([...before].map(([service, { rss }]) => [service, Math.round((peaks.get(service) ?? rss) - rss)]));
}

function expectBounded(what: string, growth: Record<string, number>, bounds: Record<string, number> = {}): void {
  console.log(`${what}: MiB of growth ${JSON.stringify(growth)}`);
  for (const [service, mib] of Object.entries(growth)) {
    expect(mib, `${what}: growth of ${service}`).toBeLessThan(bounds[service] ?? boundMib);
  }
}

/** Sends JSON of exactly `bytes`; yields the SHA-256 that was sent and what the upstream says it saw. */
function upload(path: string, bytes: number): Promise<{ sent: string; seen: { bodySha256: string; bodyBytes: number } }> {
  const hash = createHash('sha256');
  const head = Buffer.from('{"data":"');
  const tail = Buffer.from('"}');
  const block = Buffer.alloc(64 * 1024, 'a');
  return new Promise((resolve, reject) => {
    const call = request(
      gateway.url + path,
      { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': bytes } },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () =>
          response.statusCode === 200
            ? resolve({ sent: hash.digest('hex'), seen: JSON.parse(text) as { bodySha256: string; bodyBytes: number } })
            : reject(new Error(`${response.statusCode} ${text}`)),
        );
      },
    );
    call.on('error', reject);
    const write = (chunk: Buffer): boolean => {
      hash.update(chunk);
      return call.write(chunk);
    };
    write(head);
    let left = bytes - head.length - tail.length;
    const go = (): void => {
      while (left > 0) {
        const chunk = block.subarray(0, Math.min(left, block.length));
        left -= chunk.length;
        if (!write(chunk)) return void call.once('drain', go);
      }
      write(tail);
      call.end();
    };
    go();
  });
}

async function download(path: string): Promise<{ sha256: string; bytes: number }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => request(gateway.url + path, resolve).on('error', reject).end());
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

it('a gibibyte up arrives as it was sent, and no process grows by more than its bound', { timeout: 180_000 }, async () => {
  const growth = await growthDuring(async () => {
    const { sent, seen } = await upload('/up', gibibyte);
    expect(seen).toMatchObject({ bodyBytes: gibibyte, bodySha256: sent });
  });
  expectBounded('1 GiB up', growth);
});

it('a gibibyte down arrives as it was sent, and no process grows by more than its bound', { timeout: 180_000 }, async () => {
  const expected = createHash('sha256');
  for (let i = 0; i < 1024; i++) expected.update(Buffer.alloc(mebibyte, 7));
  const growth = await growthDuring(async () => {
    expect(await download(`/bytes/${gibibyte}`)).toEqual({ sha256: expected.digest('hex'), bytes: gibibyte });
  });
  expectBounded('1 GiB down', growth);
});

it('64 bodies of 1 MiB at once pass their contract within the bound', { timeout: 120_000 }, async () => {
  const growth = await growthDuring(async () => {
    const all = await Promise.all(Array.from({ length: 64 }, () => upload('/checked', mebibyte)));
    for (const { sent, seen } of all) expect(seen).toMatchObject({ bodyBytes: mebibyte, bodySha256: sent });
  });
  expectBounded('64 x 1 MiB', growth, { validation: wholeBodiesMib });
});

it('8 readers of 10 KiB a second are waited for within the bound', { timeout: 60_000 }, async () => {
  const growth = await growthDuring(async () => {
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const response = await new Promise<IncomingMessage>((resolve) => request(`${gateway.url}/bytes/${64 * mebibyte}`, resolve).end());
        const until = Date.now() + 8_000;
        for (let read = 0; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 100))) {
          read += (response.read(1024) as Buffer | null)?.length ?? 0;
        }
        response.destroy();
      }),
    );
  });
  expectBounded('8 slow readers', growth);
});
