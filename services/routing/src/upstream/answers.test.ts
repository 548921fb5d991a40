import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { collectAnswer, type Heard, pause, until } from './testing/collect-answer.js';
import { answerEach, okAnswer, serveSockets, type SocketServer } from './testing/serve-sockets.js';
import { createUpstreamPools } from './upstream-pools.js';

let server: SocketServer;
afterEach(() => server.close());

async function ask(answer: (socket: Socket, head: string, n: number) => void, method = 'GET'): Promise<Heard> {
  server = await serveSockets(answerEach(answer));
  const upstreams = openOne();
  const heard = await collectAnswer(upstreams, { method }).done;
  await upstreams.release();
  return heard;
}

function openOne(options: Parameters<typeof createUpstreamPools>[0] = {}) {
  return createUpstreamPools(options).open({ orders: { timeoutMs: 1_000, targets: [{ url: server.url, weight: 1 }] } });
}

const sends = (text: string) => (socket: Socket) => void socket.write(text, 'latin1');
const late = (text: string, then: (socket: Socket) => void) => (socket: Socket) => {
  socket.write(text);
  setTimeout(() => then(socket), 30);
};
const reset = (socket: Socket) => void socket.resetAndDestroy();
const end = (socket: Socket) => void socket.end();
const close200 = 'HTTP/1.1 200 OK\r\nconnection: close\r\n';

describe('an upstream that answers', () => {
  it('hands on head, body and trailers as received, names in lower case', async () => {
    const heard = await ask(
      sends('HTTP/1.1 201 Created\r\nX-Name: caf\xe9\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n'),
    );
    expect(heard).toMatchObject({ status: 201, contentLength: -1, trailers: ['x-sum', '1'], calls: 'hde' });
    expect(heard.headers).toEqual(['x-name', 'caf\xe9', 'set-cookie', 'a=1', 'set-cookie', 'b=2', 'transfer-encoding', 'chunked']);
    expect(heard.body.toString()).toBe('ok');
  });

  it('decodes a head that comes byte by byte like one that comes at once', async () => {
    const heard = await ask(async (socket) => {
      for (const byte of 'HTTP/1.1 200 OK\r\nX-One: 1\r\nX-Two: 2\r\ncontent-length: 2\r\n\r\nok') {
        socket.write(byte);
        await pause(1);
      }
    });
    expect(heard).toMatchObject({ headers: ['x-one', '1', 'x-two', '2', 'content-length', '2'], contentLength: 2 });
    expect(heard.body.toString()).toBe('ok');
  });

  it('ends HEAD, 204 and 304 without a body, whatever length they state', async () => {
    const answer = (status: string) => sends(`HTTP/1.1 ${status}\r\ncontent-length: 1234\r\n\r\n`);
    expect(await ask(answer('200 OK'), 'HEAD')).toMatchObject({ status: 200, contentLength: 1234, calls: 'he' });
    await server.close();
    expect(await ask(answer('304 Not Modified'))).toMatchObject({ status: 304, contentLength: 1234, calls: 'he' });
    await server.close();
    expect(await ask(sends('HTTP/1.1 204 No Content\r\n\r\n'))).toMatchObject({ status: 204, contentLength: -1, calls: 'he' });
  });

  it.each(['100 Continue', '102 Processing', '103 Early Hints'])('passes over an interim %s that nobody asked for', async (interim) => {
    const heard = await ask((socket) => {
      socket.write(`HTTP/1.1 ${interim}\r\nx-hint: 1\r\n\r\n`);
      setTimeout(() => socket.write(okAnswer), 20);
    });
    expect(heard).toMatchObject({ status: 200, headers: ['content-length', '2'], calls: 'hde' });
  });

  it('passes over several 100 Continue, split anywhere, on a connection used again', async () => {
    server = await serveSockets(
      answerEach(async (socket) => {
        for (const piece of ['HTT', 'P/1.1 100 Con', 'tinue\r\n\r', '\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100', ` \r\n\r\n${okAnswer}`]) {
          socket.write(piece);
          await pause(3);
        }
      }),
    );
    const upstreams = openOne();
    for (let i = 0; i < 3; i++) expect(await collectAnswer(upstreams, {}).done).toMatchObject({ status: 200, calls: 'hde' });
    expect(server.accepted).toBe(1);
    await upstreams.release();
  });

  it('takes the closing of the connection for the end where the head states no length', async () => {
    const heard = await ask((socket) => void socket.end(`${close200}\r\nall of it`));
    expect(heard).toMatchObject({ contentLength: -1, calls: 'hde' });
    expect(heard.body.toString()).toBe('all of it');
  });
});

describe('an upstream that fails', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['garbage', sends('SSH-2.0-OpenSSH_9.2\r\n')],
    ['a head that never ends', sends(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(40_000)}\r\n`)],
    ['many fields that are too large together', sends(`HTTP/1.1 200 OK\r\n${'x-field: 0123456789\r\n'.repeat(3_000)}\r\n`)],
    ['two differing lengths', sends('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok')],
    ['a length beside chunks', sends('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n')],
    ['a folded field', sends('HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 2\r\n\r\nok')],
    ['a NUL in a field', sends('HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 2\r\n\r\nok')],
    ['bare line feeds', sends('HTTP/1.1 200 OK\nx: 1\ncontent-length: 2\n\nok')],
    ['101 that nobody asked for', sends('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')],
    ['nothing, and closes', end],
    ['nothing, and resets', reset],
  ])('fails on %s', async (_name, answer) => {
    const heard = await ask(answer);
    expect(heard.failure).toMatchObject({ reason: 'upstream_failed', detail: expect.stringContaining(server.url) });
    expect(heard.calls).toBe('!');
  });

  it.each<[string, (socket: Socket) => void]>([
    ['closed within a stated length', late('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\npart', end)],
    ['reset within a stated length', late('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\npart', reset)],
    ['closed within chunks', late(`${close200}transfer-encoding: chunked\r\n\r\n4\r\npart\r\n`, end)],
    ['reset within chunks', late(`${close200}transfer-encoding: chunked\r\n\r\n4\r\npart\r\n`, reset)],
    ['a malformed chunk', late('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n', (socket) => socket.write('zz\r\n'))],
    ['reset where only closing ends it', late(`${close200}\r\npart`, reset)],
  ])('does not take a body for whole: %s', async (_name, answer) => {
    const heard = await ask(answer);
    expect(heard).toMatchObject({ status: 200, failure: { reason: 'upstream_failed' }, calls: 'hd!' });
  });

  it.each<[string, (socket: Socket) => void]>([
    ['closes', end],
    ['resets', reset],
  ])('survives an upstream that %s while the reader pauses', async (_name, then) => {
    for (const framing of ['content-length: 99\r\n', 'transfer-encoding: chunked\r\n', '']) {
      server = await serveSockets(answerEach(late(`${close200}${framing}\r\n4\r\npart\r\n`, then)));
      const upstreams = openOne();
      const { control, done } = collectAnswer(upstreams, {}, () => false);
      await pause(80);
      control.resume();
      const heard = await done;
      if (framing !== '' || then === reset) expect(heard.failure?.reason).toBe('upstream_failed');
      else expect(heard.body.toString()).toBe('4\r\npart\r\n');
      await upstreams.release();
      await server.close();
    }
  });

  it('does not let one answer ride behind another', async () => {
    server = await serveSockets(answerEach(sends(`${okAnswer}HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nstray`)));
    const upstreams = openOne();
    for (let i = 0; i < 3; i++) expect((await collectAnswer(upstreams, {}).done).body.toString()).toBe('ok');
    expect(server.accepted).toBe(3);
    await upstreams.release();
  });
});

describe('time', () => {
  it('gives up on a head after the timeout and breaks the connection', async () => {
    const startedAtMs = performance.now();
    server = await serveSockets((socket) => void socket.resume());
    const upstreams = openOne();
    const heard = await collectAnswer(upstreams, { timeoutMs: 100 }).done;
    const tookMs = performance.now() - startedAtMs;
    expect(heard.failure).toEqual({ reason: 'upstream_timeout', detail: `${server.url}: no answer within 100 ms` });
    expect(tookMs).toBeGreaterThanOrEqual(100);
    expect(tookMs).toBeLessThan(400);
    await until(() => server.sockets.size === 0);
    await upstreams.release();
  });

  it('lets a body take as long as it moves, and gives up when it stands still', async () => {
    server = await serveSockets(
      answerEach(async (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n');
        for (let i = 0; i < 6; i++) {
          await pause(60);
          socket.write('piece');
        }
      }),
    );
    const upstreams = openOne({ idleMs: 150 });
    const startedAtMs = performance.now();
    const heard = await collectAnswer(upstreams, { timeoutMs: 100 }).done;
    expect(performance.now() - startedAtMs).toBeGreaterThan(450);
    expect(heard.body.toString()).toBe('piece'.repeat(6));
    expect(heard.failure).toMatchObject({ reason: 'upstream_timeout', detail: expect.stringContaining('idle for 150 ms') });
    await upstreams.release();
  });

  it('does not blame the upstream for a reader that pauses, but ends a reader that never comes back', async () => {
    server = await serveSockets(answerEach(sends('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\npart')));
    const upstreams = openOne({ idleMs: 100, peerIdleMs: 500 });
    const startedAtMs = performance.now();
    const heard = await collectAnswer(upstreams, { timeoutMs: 100 }, () => false).done;
    expect(performance.now() - startedAtMs).toBeGreaterThan(480);
    expect(heard.failure).toMatchObject({ reason: 'interrupted', detail: expect.stringContaining('reader was idle') });
    await upstreams.release();
  });
});
