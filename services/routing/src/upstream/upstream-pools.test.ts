import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { BodySource } from './body-source.js';
import { collectAnswer, pause, until } from './testing/collect-answer.js';
import { answerEach, okAnswer, serveSockets, type SocketServer } from './testing/serve-sockets.js';
import { createUpstreamPools } from './upstream-pools.js';
import type { UpstreamTargets } from './upstream-types.js';

const servers: SocketServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(answer: (socket: Socket, head: string, n: number) => void = (socket) => void socket.write(okAnswer)): Promise<SocketServer> {
  const server = await serveSockets(answerEach(answer));
  servers.push(server);
  return server;
}

/** The origin of a port where nobody listens. */
async function findDeadOrigin(): Promise<string> {
  const server = await serveSockets(() => undefined);
  await server.close();
  return server.url;
}

function orders(...urls: (string | { url: string; weight: number })[]): Record<string, UpstreamTargets> {
  const targets = urls.map((url) => (typeof url === 'string' ? { url, weight: 1 } : url));
  return { orders: { timeoutMs: 1_000, targets } };
}

describe('connections', () => {
  it('are kept and used again, one request at a time on each', async () => {
    const server = await serve();
    const upstreams = createUpstreamPools().open(orders(server.url));
    for (let i = 0; i < 5; i++) expect((await collectAnswer(upstreams, {}).done).status).toBe(200);
    expect(server.accepted).toBe(1);
    await Promise.all(Array.from({ length: 4 }, () => collectAnswer(upstreams, {}).done));
    expect(server.accepted).toBe(4);
    await upstreams.release();
  });

  it('are bounded; further requests wait for one, and beyond that are overloaded', async () => {
    const server = await serve((socket) => void setTimeout(() => socket.write(okAnswer), 30));
    const pools = createUpstreamPools({ connections: 2, waiting: 3 });
    const upstreams = pools.open(orders(server.url));
    const all = Array.from({ length: 6 }, () => collectAnswer(upstreams, {}));
    await pause(10);
    expect(pools.statuses()).toEqual([{ origin: server.url, active: 2, waiting: 3, failures: 0 }]);
    const heard = await Promise.all(all.map(({ done }) => done));
    expect(heard.map((one) => one.status ?? one.failure?.reason)).toEqual([200, 200, 200, 200, 200, 'overloaded']);
    expect(server.accepted).toBe(2);
    await upstreams.release();
  });

  it('go to the next one waiting when a request is cancelled or times out, also while it waits itself', async () => {
    const server = await serve((socket, head) => {
      if (!head.includes('/never')) socket.write(okAnswer);
    });
    const pools = createUpstreamPools({ connections: 1 });
    const upstreams = pools.open(orders(server.url));
    const stuck = collectAnswer(upstreams, { path: '/never', timeoutMs: 100 });
    const cancelled = collectAnswer(upstreams, {});
    const served = collectAnswer(upstreams, {});
    await pause(20);
    cancelled.control.cancel();
    expect(pools.statuses()[0]!.waiting).toBe(1);
    expect((await stuck.done).failure?.reason).toBe('upstream_timeout');
    expect((await served.done).status).toBe(200);
    expect(cancelled.heard.calls).toBe('');
    expect(upstreams.active).toBe(0);
    await upstreams.release();
  });

  it('that an upstream closed while idle are replaced without the request noticing', async () => {
    const server = await serve();
    const upstreams = createUpstreamPools().open(orders(server.url));
    for (let i = 0; i < 5; i++) {
      expect((await collectAnswer(upstreams, { method: 'POST' }).done).status).toBe(200);
      for (const socket of server.sockets) socket.end();
      await pause(20);
    }
    expect(server.accepted).toBe(5);
    await upstreams.release();
  });
});

describe('at most once', () => {
  it('a request that may have reached an upstream is not sent again, GET or not, whatever else could take it', async () => {
    const heads: string[] = [];
    const breakEach = (socket: Socket, head: string) => {
      heads.push(head);
      socket.resetAndDestroy();
    };
    const [one, other] = [await serve(breakEach), await serve(breakEach)];
    const upstreams = createUpstreamPools().open(orders(one.url, other.url));
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']) {
      expect((await collectAnswer(upstreams, { method }).done).failure?.reason).toBe('upstream_failed');
    }
    await pause(30);
    expect(heads).toHaveLength(5);
    await upstreams.release();
  });

  it('a connection that is closed at the very moment it is used again fails the request, and it is not repeated', async () => {
    const heads: string[] = [];
    const server = await serve((socket, head, n) => {
      heads.push(head);
      if (n === 0) socket.write(okAnswer);
      else socket.destroy();
    });
    const upstreams = createUpstreamPools().open(orders(server.url));
    expect((await collectAnswer(upstreams, {}).done).status).toBe(200);
    expect((await collectAnswer(upstreams, {}).done).failure?.reason).toBe('upstream_failed');
    await pause(30);
    expect(heads).toHaveLength(2);
    await upstreams.release();
  });

  it('a request that no target took goes to another one, its streamed body untouched', async () => {
    const dead = await findDeadOrigin();
    let body = '';
    const server = await serveSockets((socket) => {
      socket.on('data', (chunk) => {
        body += chunk.toString('latin1');
        if (body.endsWith('whole body')) socket.write(okAnswer);
      });
    });
    servers.push(server);
    const upstreams = createUpstreamPools().open(orders(dead, server.url));
    const source = new BodySource(10, { onDrain: () => undefined, onClose: () => undefined });
    const { done, control } = collectAnswer(upstreams, { method: 'POST', body: source });
    source.write(Buffer.from('whole body'));
    source.end();
    expect((await done).status).toBe(200);
    expect(control.target).toBe(server.url);
    await upstreams.release();
  });

  it('fails when every target refuses, and names the last of them', async () => {
    const dead = [await findDeadOrigin(), await findDeadOrigin()];
    const upstreams = createUpstreamPools().open(orders(...dead));
    const { failure } = await collectAnswer(upstreams, {}).done;
    expect(failure).toMatchObject({ reason: 'upstream_failed', detail: expect.stringContaining('ECONNREFUSED') });
    await upstreams.release();
  });

  it('does not let a request that must not be written harm the target', async () => {
    const server = await serve();
    const pools = createUpstreamPools();
    const upstreams = pools.open(orders(server.url));
    for (const request of [{ path: '/a b' }, { path: '/a\r\nx: y' }, { headers: ['x', 'a\r\nb: c'] }, { headers: ['x y', 'z'] }]) {
      const { failure } = await collectAnswer(upstreams, request).done;
      expect(failure).toMatchObject({ reason: 'upstream_failed', detail: expect.stringContaining('invalid') });
    }
    expect(pools.statuses()).toEqual([{ origin: server.url, active: 0, waiting: 0, failures: 0 }]);
    expect((await collectAnswer(upstreams, {}).done).status).toBe(200);
    await upstreams.release();
  });
});

describe('targets', () => {
  it('get their share by weight; weight 0 gets nothing', async () => {
    const [heavy, light, off] = [await serve(), await serve(), await serve()];
    const weights = [heavy, light, off].map((server, i) => ({ url: server.url, weight: [3, 1, 0][i]! }));
    const upstreams = createUpstreamPools().open(orders(...weights));
    const taken = new Map<string | undefined, number>();
    for (let i = 0; i < 40; i++) {
      const { control, done } = collectAnswer(upstreams, {});
      await done;
      taken.set(control.target, (taken.get(control.target) ?? 0) + 1);
    }
    expect(Object.fromEntries(taken)).toEqual({ [heavy.url]: 30, [light.url]: 10 });
    await upstreams.release();
  });

  it('that are dead take no share, and come back by themselves', async () => {
    const dead = await findDeadOrigin();
    const server = await serve();
    const pools = createUpstreamPools();
    const upstreams = pools.open(orders(dead, server.url));
    for (let i = 0; i < 20; i++) expect((await collectAnswer(upstreams, {}).done).status).toBe(200);
    const statusOf = (origin: string) => pools.statuses().find((status) => status.origin === origin)!;
    expect(statusOf(dead).failures).toBe(1);

    servers.push(await serveSockets(answerEach((socket) => void socket.write(okAnswer)), Number(new URL(dead).port)));
    await pause(1_000);
    const targets = new Set<string | undefined>();
    for (let i = 0; i < 6; i++) {
      const { control, done } = collectAnswer(upstreams, {});
      expect((await done).status).toBe(200);
      targets.add(control.target);
    }
    expect(targets).toEqual(new Set([dead, server.url]));
    expect(statusOf(dead).failures).toBe(0);
    await upstreams.release();
  });

  it('that are the only one are tried every time, set aside or not', async () => {
    const dead = await findDeadOrigin();
    const upstreams = createUpstreamPools().open(orders(dead));
    for (let i = 0; i < 3; i++) expect((await collectAnswer(upstreams, {}).done).failure?.reason).toBe('upstream_failed');
    servers.push(await serveSockets(answerEach((socket) => void socket.write(okAnswer)), Number(new URL(dead).port)));
    expect((await collectAnswer(upstreams, {}).done).status).toBe(200);
    await upstreams.release();
  });

  it.each([
    ['not a url', 'nonsense'],
    ['another scheme', 'ftp://127.0.0.1'],
    ['credentials', 'http://user:secret@127.0.0.1'],
    ['a path', 'http://127.0.0.1/base'],
  ])('are refused when their url is or has %s', (_name, url) => {
    const open = () => createUpstreamPools().open(orders(url));
    expect(open).toThrow(/^upstream orders: /);
    expect(open).not.toThrow(/secret/);
  });
});

describe('revisions', () => {
  it('share the connections to targets that both name', async () => {
    const server = await serve();
    const pools = createUpstreamPools();
    const old = pools.open(orders(server.url));
    expect((await collectAnswer(old, {}).done).status).toBe(200);
    const next = pools.open(orders(`${server.url}/`));
    await old.release();
    expect((await collectAnswer(next, {}).done).status).toBe(200);
    expect(server.accepted).toBe(1);
    expect(() => collectAnswer(old, {})).toThrow(/released/);
    await next.release();
  });

  it('that are released let their requests end, then close what nobody else refers to', async () => {
    const server = await serve((socket) => void setTimeout(() => socket.write(okAnswer), 60));
    const pools = createUpstreamPools();
    const old = pools.open(orders(server.url));
    const { done } = collectAnswer(old, {});
    await until(() => server.accepted === 1);
    const released = old.release();
    expect((await done).status).toBe(200);
    await released;
    expect(pools.statuses()).toEqual([]);
    await until(() => server.sockets.size === 0);
  });

  it('take over a target that is about to be closed', async () => {
    const server = await serve((socket) => void setTimeout(() => socket.write(okAnswer), 40));
    const pools = createUpstreamPools();
    const old = pools.open(orders(server.url));
    const { done } = collectAnswer(old, {});
    await until(() => server.accepted === 1);
    const released = old.release();
    const next = pools.open(orders(server.url));
    await done;
    await released;
    expect((await collectAnswer(next, {}).done).status).toBe(200);
    expect(server.accepted).toBe(1);
    await next.release();
  });

  it('throw for an upstream that they do not name', () => {
    expect(() => collectAnswer(createUpstreamPools().open({}), {})).toThrow(/no upstream orders/);
  });
});

describe('control', () => {
  it('cancel() before anything was sent sends nothing and harms no connection', async () => {
    const heads: string[] = [];
    const server = await serve((socket, head) => {
      heads.push(head);
      socket.write(okAnswer);
    });
    const upstreams = createUpstreamPools().open(orders(server.url));
    const first = collectAnswer(upstreams, {});
    first.control.cancel();
    const second = collectAnswer(upstreams, {});
    await Promise.resolve();
    second.control.cancel();
    await pause(50);
    expect([heads.length, first.heard.calls, second.heard.calls, upstreams.active]).toEqual([0, '', '', 0]);
    expect((await collectAnswer(upstreams, {}).done).status).toBe(200);
    await upstreams.release();
  });

  it('nothing comes between a pause and its resume, and nothing is lost', async () => {
    const chunks = Array.from({ length: 500 }, (_, i) => `${(i % 90) + 10}`.repeat((i % 7) + 1));
    const chunked = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
    const server = await serve((socket) => void socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunked}0\r\n\r\n`));
    const upstreams = createUpstreamPools().open(orders(server.url));
    let paused = false;
    let n = 0;
    const { done } = collectAnswer(upstreams, {}, (control) => {
      expect(paused).toBe(false);
      n++;
      if (n % 3 === 0) control.resume();
      else if (n % 5 === 0) {
        paused = true;
        setImmediate(() => {
          paused = false;
          control.resume();
        });
      }
      return n % 3 !== 0 && n % 5 !== 0;
    });
    const heard = await done;
    expect(heard.body.toString()).toBe(chunks.join(''));
    await upstreams.release();
  });

  it('nothing comes after cancel(), though it was read already', async () => {
    const server = await serve((socket) => void socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n'));
    const upstreams = createUpstreamPools().open(orders(server.url));
    const { control, heard } = collectAnswer(upstreams, {}, () => false);
    await until(() => heard.calls === 'hd');
    await pause(10);
    control.cancel();
    control.resume();
    await pause(10);
    expect([heard.calls, upstreams.active]).toEqual(['hd', 0]);
    await upstreams.release();
  });

  it('a handler may resume, cancel and send from within its calls', async () => {
    const server = await serve((socket) => void socket.write(okAnswer));
    const upstreams = createUpstreamPools({ connections: 4 }).open(orders(server.url));
    const held = collectAnswer(upstreams, {}, () => false);
    await until(() => held.heard.calls === 'hd');
    let inner: ReturnType<typeof collectAnswer> | undefined;
    const outer = collectAnswer(upstreams, {}, (control) => {
      held.control.resume();
      inner = collectAnswer(upstreams, {});
      control.cancel();
      return true;
    });
    expect((await held.done).calls).toBe('hde');
    await until(() => inner !== undefined);
    expect((await inner!.done).status).toBe(200);
    expect(outer.heard.calls).toBe('hd');
    await upstreams.release();
  });
});
