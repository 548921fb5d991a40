import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { BodySource } from './body-source.js';
import { answerEach, okAnswer, serveSockets, type SocketServer } from './testing/serve-sockets.js';
import { createUpstreamPools, type Upstreams } from './upstream-pools.js';
import type { UpstreamControl } from './upstream-types.js';

const requests = 6_000;
const atOnce = 64;
const large = 'x'.repeat(200_000);
const close200 = 'HTTP/1.1 200 OK\r\nconnection: close\r\n';
const chunks = '5\r\nhello\r\n'.repeat(2_000);

const answers: ((socket: Socket) => void)[] = [
  ...Array.from({ length: 8 }, () => (socket: Socket) => void socket.write(okAnswer)),
  (socket) => void setTimeout(() => socket.write(okAnswer), Math.random() * 20),
  (socket) => void socket.write(`HTTP/1.1 100 Continue\r\n\r\n${okAnswer}`),
  (socket) => void socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${large.length}\r\n\r\n${large}`),
  (socket) => void socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`),
  (socket) => void socket.end(`${close200}content-length: ${large.length}\r\n\r\n${large}`),
  (socket) => void socket.end(`${close200}\r\n${large}`),
  (socket) => void socket.end(`${close200}transfer-encoding: chunked\r\n\r\n${chunks}`),
  (socket) => void socket.write(`${close200}\r\n${large}`, () => socket.resetAndDestroy()),
  (socket) => void socket.end('HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno'),
  (socket) => void socket.write('HTTP/1.1 304 Not Modified\r\ncontent-length: 77\r\n\r\n'),
  (socket) => void socket.write(okAnswer + okAnswer),
  (socket) => void socket.write(okAnswer, () => socket.resetAndDestroy()),
  (socket) => void socket.end(okAnswer),
  (socket) => void socket.write('what?\r\n\r\n'),
  (socket) => void socket.resetAndDestroy(),
  (socket) => void socket.end(),
  () => undefined,
];

function pick<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)]!;
}

/** Sends a request, treats it at random (pauses, cancels, uploads) and resolves to what is wrong with what its handler heard. */
function sendOne(upstreams: Upstreams, id: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let paused = false;
    let over = false;
    const end = (): void => resolve(over || paused ? `request ${id} ended ${over ? 'twice' : 'while paused'}` : void (over = true));
    const cancel = (): void => {
      if (over) return;
      control.cancel();
      over = true;
      resolve(undefined);
    };
    const control: UpstreamControl = upstreams.send(
      { upstream: 'orders', method: pick(['GET', 'HEAD', 'DELETE']), path: `/${id}`, headers: [], body: pickBody() },
      {
        onHead: () => void (Math.random() < 0.02 && cancel()),
        onData: () => {
          if (paused || over) resolve(`request ${id} got data ${over ? 'after its end' : 'while paused'}`);
          if (Math.random() < 0.02) cancel();
          if (Math.random() < 0.7) return true;
          paused = true;
          setTimeout(() => {
            paused = false;
            control.resume();
          }, Math.random() * 5);
          return false;
        },
        onEnd: end,
        onError: () => {
          paused = false;
          end();
        },
      },
    );
    if (Math.random() < 0.1) setTimeout(cancel, Math.random() * 20);
  });
}

/** None for most; else one that ends, one that is aborted, or one that stays short. */
function pickBody(): BodySource | undefined {
  if (Math.random() < 0.8) return undefined;
  const body = new BodySource(pick([-1, 100]), { onDrain: () => undefined, onClose: () => undefined });
  setTimeout(() => {
    body.write(Buffer.alloc(pick([50, 100])));
    if (Math.random() < 0.2) body.abort();
    else body.end();
  }, Math.random() * 10);
  return body;
}

describe('whatever upstreams, readers and senders do', () => {
  it('each request ends once, none is sent twice, and nothing is left over', async () => {
    const seen = new Map<string, number>();
    const serve = answerEach((socket, head) => {
      const path = /\/\d+/.exec(head)?.[0];
      if (path === undefined) return;
      seen.set(path, (seen.get(path) ?? 0) + 1);
      pick(answers)(socket);
    });
    const servers: SocketServer[] = [await serveSockets(serve), await serveSockets(serve), await serveSockets(serve)];
    const dead = servers.pop()!;
    await dead.close();
    const pools = createUpstreamPools({ connections: 24, idleMs: 300, peerIdleMs: 600 });
    const targets = [...servers, dead].map(({ url }) => ({ url, weight: 1 }));
    let upstreams = pools.open({ orders: { timeoutMs: 300, targets } });
    const released: Promise<void>[] = [];
    const wrong: string[] = [];
    let id = 0;
    const work = async (): Promise<void> => {
      while (id < requests) {
        const fault = await sendOne(upstreams, id++);
        if (fault !== undefined) wrong.push(fault);
        if (id % 500 !== 0) continue;
        const old = upstreams;
        upstreams = pools.open({ orders: { timeoutMs: 300, targets } });
        released.push(old.release());
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    await Promise.all([...released, upstreams.release()]);
    expect(wrong).toEqual([]);
    expect([...seen].filter(([, times]) => times > 1)).toEqual([]);
    expect(seen.size).toBeGreaterThan(requests / 2);
    expect(pools.statuses()).toEqual([]);
    await Promise.all(servers.map((server) => server.close()));
  });
});
