import { once } from 'node:events';
import { connect } from 'node:net';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { RunningService } from './listen-on-loopback.js';
import type { Order } from './order.js';
import { OrderStore } from './order-store.js';
import { seededOrderId, seedOrders } from './seed-orders.js';
import { serveOrders } from './serve-orders.js';

let service: RunningService;
beforeAll(async () => {
  service = await serveOrders({ port: 0 });
});
afterAll(() => service.close());

const send = (target: string, init?: RequestInit): Promise<Response> => fetch(`${service.url}${target}`, init);

test('the seed is the same on every start', () => {
  expect(seedOrders(60)).toEqual(seedOrders(60));
  expect(new Set(seedOrders(60).map(({ id }) => id)).size).toBe(60);
});

test('pages linked by next hold every matching order once', async () => {
  const seen: string[] = [];
  let target: string | undefined = '/orders?limit=7&customer=acme';
  while (target !== undefined) {
    const response: Response = await send(target);
    const page = (await response.json()) as { items: Order[]; total: number };
    expect(page.total).toBe(15);
    expect(page.items.every(({ customer }) => customer === 'acme')).toBe(true);
    seen.push(...page.items.map(({ id }) => id));
    target = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
  }
  expect(new Set(seen).size).toBe(15);
  expect(seen).toHaveLength(15);
});

test('a created order can be read, changed under its ETag and removed', async () => {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ customer: 'acme', currency: 'USD', items: [{ sku: 'NUT-0410', quantity: 3, unitPriceCents: 100 }] });
  const created = await send('/orders', { method: 'POST', headers, body });
  expect(created.status).toBe(201);
  const location = created.headers.get('location') ?? '';
  expect(((await created.json()) as Order).totalCents).toBe(300);

  const etag = created.headers.get('etag') ?? '';
  const paid = await send(location, { method: 'PATCH', headers: { ...headers, 'if-match': etag }, body: '{"status":"paid"}' });
  expect(paid.status).toBe(200);
  expect(((await paid.json()) as Order).status).toBe('paid');
  expect((await send(location, { method: 'DELETE', headers: { 'if-match': etag } })).status).toBe(412);
  expect((await send(location, { method: 'DELETE' })).status).toBe(204);
  expect((await send(location)).status).toBe(404);
});

test('a weak tag does not permit a change', async () => {
  const target = `/orders/${seededOrderId(9)}`;
  expect((await send(target, { method: 'DELETE', headers: { 'if-match': 'W/"1"' } })).status).toBe(412);
});

test('other paths are 404, other methods 405 with Allow', async () => {
  expect((await send('/nothing')).status).toBe(404);
  const response = await send('/orders', { method: 'PUT' });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET, HEAD, POST');
});

test('HEAD answers as GET does, without the body', async () => {
  const response = await send('/health', { method: 'HEAD' });
  expect(response.status).toBe(200);
  expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0);
  expect(await response.text()).toBe('');
});

test('echo shows the header fields and digests a large body', async () => {
  const response = await send('/echo', { method: 'POST', headers: { 'x-consumer-id': 'acme' }, body: new Uint8Array(5_000_000) });
  const echoed = (await response.json()) as { headers: Record<string, string>; bodyBytes: number };
  expect(echoed.headers['x-consumer-id']).toBe('acme');
  expect(echoed.bodyBytes).toBe(5_000_000);
});

test('a client that goes away in the middle of a body does no harm', async () => {
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /orders HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"cust');
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  expect((await send('/health')).status).toBe(200);
});

test('the store holds no more than its capacity, and lets go of the oldest', () => {
  const store = new OrderStore(seedOrders(5), 3);
  expect(store.size).toBe(3);
  expect(store.find(seededOrderId(1))).toBeUndefined();
  expect(store.find(seededOrderId(5))).toBeDefined();
});
