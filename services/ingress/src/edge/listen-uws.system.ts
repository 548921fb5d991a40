import { createHash } from 'node:crypto';
import { Agent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { EdgeListener, EdgeOptions, Exchange, RefusedRequest } from './exchange.js';
import { listenUws } from './listen-uws.js';

const open: EdgeListener[] = [];
afterEach(async () => {
  for (const listener of open.splice(0)) await listener.close(0);
});

async function listen(onRequest: (exchange: Exchange) => void, more: Partial<EdgeOptions> = {}): Promise<EdgeListener> {
  const listener = await listenUws({ host: '127.0.0.1', port: 0, onRequest, ...more });
  open.push(listener);
  return listener;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

async function ask(listener: EdgeListener, options: RequestOptions = {}, body?: Readable): Promise<Answer> {
  const response = await send(listener, options, body);
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(pieces).toString() };
}

function send(listener: EdgeListener, options: RequestOptions, body?: Readable): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: listener.port, ...options }, resolve);
    request.on('error', reject);
    if (body === undefined) request.end();
    else body.pipe(request);
  });
}

const later = (answer: (exchange: Exchange) => void) => (exchange: Exchange) => void setImmediate(answer, exchange);

function* pattern(bytes: number): Generator<Buffer> {
  const block = Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * 7) & 0xff));
  for (let left = bytes; left > 0; left -= block.length) yield block.subarray(0, Math.min(left, block.length));
}

async function digestOf(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

describe('a whole answer', () => {
  it('has its length and a date, and no mark of the engine', async () => {
    const listener = await listen(later((exchange) => exchange.respond(200, ['x-a', 'b', 'date', 'never', 'connection', 'upgrade'], 'héllo')));
    const { status, headers, body } = await ask(listener);
    expect([status, body]).toEqual([200, 'héllo']);
    expect(headers).toMatchObject({ 'x-a': 'b', 'content-length': '6' });
    expect(Math.abs(Date.parse(headers.date!) - Date.now())).toBeLessThan(5_000);
    expect(Object.keys(headers)).not.toContain('uwebsockets');
  });

  it.each([
    ['HEAD', 200, ['content-length', '7'], 'ignored', '7'],
    ['HEAD', 200, [], 'ignored', '7'],
    ['GET', 204, ['content-length', '7'], '', undefined],
    ['GET', 304, ['content-length', '7'], '', '7'],
    ['GET', 200, [], '', '0'],
  ])('to %s with %d has no body, and the connection serves on', async (method, status, headers, body, length) => {
    const listener = await listen(later((exchange) => exchange.respond(status, headers, body)));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 2; i++) {
      const answer = await ask(listener, { method, agent });
      expect([answer.status, answer.headers['content-length'], answer.body]).toEqual([status, length, '']);
    }
    agent.destroy();
  });

  it('cannot be given twice, nor with fields that would end a line', async () => {
    const faults: unknown[] = [];
    const attempt = (act: () => void): void => {
      try {
        act();
      } catch (error) {
        faults.push(error);
      }
    };
    const listener = await listen(
      later((exchange) => {
        attempt(() => exchange.respond(200, ['x', 'a\r\nset-cookie: b']));
        attempt(() => exchange.respond(200, ['X', 'a']));
        attempt(() => exchange.respond(100, []));
        exchange.respond(200, []);
        attempt(() => exchange.respond(200, []));
      }),
    );
    expect((await ask(listener)).status).toBe(200);
    expect(faults).toHaveLength(4);
  });
});

describe('a streamed answer', () => {
  it.each([
    ['of a known length', 3_000_000, {}],
    ['of an unknown length', undefined, {}],
    ['of a known length on a connection that closes', 3_000_000, { connection: 'close' }],
    ['of an unknown length on a connection that closes', undefined, { connection: 'close' }],
  ])('%s arrives whole', async (_, announced, headers) => {
    const bytes = 3_000_000;
    const listener = await listen((exchange) => {
      exchange.begin(200, [], announced);
      const chunks = pattern(bytes);
      const pump = (): void => {
        for (let next = chunks.next(); !next.done; next = chunks.next()) if (!exchange.write(next.value)) return;
        exchange.end();
      };
      exchange.onWritable = pump;
      pump();
    });
    const response = await send(listener, { headers });
    expect(response.headers['content-length']).toBe(announced === undefined ? undefined : String(bytes));
    expect(await digestOf(response)).toBe(await digestOf(pattern(bytes)));
  });

  it.each([0, 1, 2, undefined])('of %s bytes in all is complete, closing or not', async (bytes) => {
    const listener = await listen(
      later((exchange) => {
        exchange.begin(200, [], bytes);
        if (bytes !== 0) exchange.write(Buffer.from('xy').subarray(0, bytes ?? 2));
        exchange.end();
      }),
    );
    for (const connection of ['keep-alive', 'close']) {
      expect((await ask(listener, { headers: { connection } })).body).toBe('xy'.slice(0, bytes ?? 2));
    }
  });

  it('that falls short of its length kills the connection', async () => {
    const listener = await listen(
      later((exchange) => {
        exchange.begin(200, [], 10);
        exchange.write(Buffer.from('short'));
        exchange.end();
      }),
    );
    await expect(ask(listener)).rejects.toThrow();
    expect(listener.inFlight).toBe(0);
  });

  it('waits for a reader that takes nothing, and tells when the client is gone', async () => {
    let written = 0;
    let aborted = false;
    const listener = await listen((exchange) => {
      exchange.begin(200, []);
      exchange.onAborted = () => (aborted = true);
      const block = new Uint8Array(65_536);
      do written += block.length;
      while (exchange.write(block));
    });
    const response = await send(listener, {});
    response.pause();
    await wait(200);
    const sent = written;
    await wait(200);
    expect(written).toBe(sent);
    response.destroy();
    await wait(100);
    expect(aborted).toBe(true);
    expect(listener.inFlight).toBe(0);
  });
});

describe('a request body', () => {
  const MiB = 1_048_576;

  it('of 256 MiB passes both ways unchanged, at the pace of the slower side, in less than 64 MiB', { timeout: 60_000 }, async () => {
    const listener = await listen((exchange) => {
      exchange.begin(200, []);
      exchange.onWritable = () => exchange.resume();
      exchange.readBody((chunk, last) => {
        if (chunk.length > 0 && !exchange.write(Buffer.from(chunk))) exchange.pause();
        if (last) exchange.end();
      });
    });
    const before = process.memoryUsage.rss();
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss() - before)), 20);
    const response = await send(listener, { method: 'POST' }, Readable.from(pattern(256 * MiB)));
    const hash = createHash('sha256');
    await pipeline(response, hash);
    clearInterval(watch);
    expect(hash.digest('hex')).toBe(await digestOf(pattern(256 * MiB)));
    expect(most).toBeLessThan(64 * MiB);
  });

  it.each([
    ['while nobody reads it', (): void => {}],
    ['while it is paused from the start', (exchange: Exchange): void => exchange.pause()],
  ])('waits at the client %s, and longer than the engine would wait', { timeout: 40_000 }, async (_, hold) => {
    const taken: Exchange[] = [];
    const listener = await listen((exchange) => {
      hold(exchange);
      taken.push(exchange);
    });
    let sent = 0;
    const source = Readable.from(
      (function* () {
        for (const chunk of pattern(64 * MiB)) {
          sent += chunk.length;
          yield chunk;
        }
      })(),
    );
    const answer = ask(listener, { method: 'POST', headers: { 'content-length': 64 * MiB } }, source);
    await wait(14_000);
    expect(sent).toBeLessThan(16 * MiB);
    let received = 0;
    const exchange = taken[0]!;
    exchange.readBody((chunk, last) => {
      received += chunk.length;
      if (last) exchange.respond(200, [], String(received));
    });
    exchange.resume();
    expect((await answer).body).toBe(String(64 * MiB));
  });

  it('that is not read to its end does not keep the client from its answer', async () => {
    const listener = await listen(later((exchange) => exchange.respond(413, [], 'too large')));
    for (const headers of [{ 'content-length': 64 * MiB }, { 'transfer-encoding': 'chunked' }]) {
      const source = Readable.from(pattern(64 * MiB));
      const response = await send(listener, { method: 'POST', headers }, source);
      expect([response.statusCode, response.headers.connection]).toEqual([413, 'close']);
      response.destroy();
    }
  });

  it.each(['100-continue', '100-Continue'])('that the client holds back until it may send it (%s) is asked for', async (expectation) => {
    const listener = await listen((exchange) => exchange.readBody((chunk, last) => last && exchange.respond(200, [], Buffer.from(chunk))));
    const body = await new Promise<string>((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port: listener.port, method: 'POST', headers: { expect: expectation, 'content-length': 5 } });
      request.on('continue', () => request.end('hello'));
      request.on('response', (response) => response.setEncoding('utf8').on('data', resolve));
      request.on('error', reject);
      request.flushHeaders();
    });
    expect(body).toBe('hello');
  });
});

describe('the listener', () => {
  it('answers early with 503 when too many requests are in flight, and records that', async () => {
    const waiting: Exchange[] = [];
    const refused: RefusedRequest[] = [];
    const listener = await listen((exchange) => waiting.push(exchange), { limits: { inFlight: 2 }, onRefused: (request) => refused.push(request) });
    const first = [ask(listener), ask(listener)];
    while (waiting.length < 2) await wait(5);
    const third = await ask(listener);
    expect(third.status).toBe(503);
    expect(third.headers).toMatchObject({ 'retry-after': '1', 'content-type': 'application/problem+json' });
    expect(JSON.parse(third.body)).toMatchObject({ reason: 'overloaded', requestId: refused[0]!.requestId });
    for (const exchange of waiting) exchange.respond(200, []);
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
    expect([listener.inFlight, refused.length]).toEqual([0, 1]);
  });

  it('says who the peer is', async () => {
    const listener = await listen((exchange) => exchange.respond(200, [], `${exchange.peerAddress} ${exchange.tls}`));
    expect((await ask(listener)).body).toBe('127.0.0.1 false');
  });

  it('lets requests in flight end before it closes, and takes no new ones', async () => {
    const taken: Exchange[] = [];
    const listener = await listen((exchange) => taken.push(exchange));
    const answer = ask(listener);
    while (taken.length === 0) await wait(5);
    const closed = listener.close(5_000);
    await expect(ask(listener)).rejects.toThrow();
    taken[0]!.respond(200, [], 'done');
    expect(await answer).toMatchObject({ body: 'done', headers: { connection: 'close' } });
    await closed;
  });

  it('gives up on what is left after the time of grace', async () => {
    const listener = await listen(() => {});
    const answer = ask(listener);
    while (listener.inFlight === 0) await wait(5);
    await listener.close(50);
    await expect(answer).rejects.toThrow();
  });

  it('refuses a port that is in use', async () => {
    const listener = await listen(() => {});
    await expect(listenUws({ host: '127.0.0.1', port: listener.port, onRequest: () => {} })).rejects.toThrow(/in use/);
  });
});
