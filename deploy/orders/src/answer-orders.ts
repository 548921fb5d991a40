import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { type Answer, problem, readJson } from './http-answer.js';
import { mayBecome, type Order } from './order.js';
import type { OrderStore } from './order-store.js';
import { readChange, readDraft, readFilter } from './read-order.js';

type Handler = (request: IncomingMessage, url: URL, id: string, store: OrderStore) => Answer | Promise<Answer>;

interface Route {
  readonly path: RegExp;
  readonly handlers: Readonly<Record<string, Handler>>;
}

const ROUTES: readonly Route[] = [
  { path: /^\/health$/, handlers: { GET: answerHealth } },
  { path: /^\/echo$/, handlers: { GET: answerEcho, POST: answerEcho } },
  { path: /^\/orders$/, handlers: { GET: listOrders, POST: createOrder } },
  { path: /^\/orders\/([^/]+)$/, handlers: { GET: readOrder, PATCH: changeOrder, DELETE: removeOrder } },
];

/** Answers one request of the orders API, as `deploy/local/orders.openapi.yaml` describes it. */
export async function answerRequest(request: IncomingMessage, store: OrderStore): Promise<Answer> {
  const url = new URL(`http://orders${request.url?.startsWith('/') === true ? request.url : '/'}`);
  for (const route of ROUTES) {
    const match = route.path.exec(url.pathname);
    if (match === null) continue;
    const handler = route.handlers[request.method === 'HEAD' ? 'GET' : (request.method ?? '')];
    if (handler === undefined) return problem(405, 'this path does not take that method', { allow: listMethods(route) });
    return handler(request, url, (match[1] ?? '').toLowerCase(), store);
  }
  return problem(404, 'no such path');
}

function listMethods(route: Route): string {
  return Object.keys(route.handlers).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
}

function answerHealth(_request: IncomingMessage, _url: URL, _id: string, store: OrderStore): Answer {
  return { status: 200, body: { status: 'ok', orders: store.size } };
}

/** Shows what arrived here, so that one can see what a gateway in front forwards. Bodies of any size are digested, not kept. */
async function answerEcho(request: IncomingMessage, url: URL): Promise<Answer> {
  const digest = createHash('sha256');
  let bodyBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    digest.update(chunk);
    bodyBytes += chunk.length;
  }
  const target = `${url.pathname}${url.search}`;
  return { status: 200, body: { method: request.method, target, headers: request.headers, bodyBytes, bodySha256: digest.digest('hex') } };
}

function listOrders(_request: IncomingMessage, url: URL, _id: string, store: OrderStore): Answer {
  const filter = readFilter(url.searchParams);
  if (!filter.ok) return problem(400, filter.detail);
  const { limit, offset } = filter.value;
  const { items, total } = store.list(filter.value);
  if (offset + limit >= total) return { status: 200, body: { items, total, limit, offset } };

  const next = new URL(url);
  next.searchParams.set('limit', String(limit));
  next.searchParams.set('offset', String(offset + limit));
  return { status: 200, body: { items, total, limit, offset }, headers: { link: `<${next.pathname}${next.search}>; rel="next"` } };
}

async function createOrder(request: IncomingMessage, _url: URL, _id: string, store: OrderStore): Promise<Answer> {
  const body = await readJson(request, ['application/json']);
  if (!body.ok) return body.answer;
  const draft = readDraft(body.value);
  if (!draft.ok) return problem(400, draft.detail);
  const order = store.create(draft.value, Date.now());
  return { status: 201, body: order, headers: { location: `/orders/${order.id}`, etag: formatETag(order) } };
}

function readOrder(request: IncomingMessage, _url: URL, id: string, store: OrderStore): Answer {
  const order = store.find(id);
  if (order === undefined) return problem(404, 'no such order');
  const etag = formatETag(order);
  if (listsETag(request.headers['if-none-match']?.replaceAll('W/', ''), etag)) return { status: 304, headers: { etag } };
  return { status: 200, body: order, headers: { etag } };
}

async function changeOrder(request: IncomingMessage, _url: URL, id: string, store: OrderStore): Promise<Answer> {
  const body = await readJson(request, ['application/merge-patch+json', 'application/json']);
  if (!body.ok) return body.answer;
  const change = readChange(body.value);
  if (!change.ok) return problem(400, change.detail);

  const order = store.find(id);
  const refusal = refuseChange(request, order);
  if (refusal !== undefined) return refusal;
  const { status } = change.value;
  if (order !== undefined && status !== undefined && !mayBecome(order.status, status)) {
    return problem(409, `an order that is ${order.status} cannot become ${status}`);
  }
  const changed = store.change(id, change.value, Date.now());
  return changed === undefined ? problem(404, 'no such order') : { status: 200, body: changed, headers: { etag: formatETag(changed) } };
}

function removeOrder(request: IncomingMessage, _url: URL, id: string, store: OrderStore): Answer {
  const refusal = refuseChange(request, store.find(id));
  if (refusal !== undefined) return refusal;
  store.remove(id);
  return { status: 204 };
}

function refuseChange(request: IncomingMessage, order: Order | undefined): Answer | undefined {
  if (order === undefined) return problem(404, 'no such order');
  const expected = request.headers['if-match'];
  if (expected !== undefined && !listsETag(expected, formatETag(order))) return problem(412, 'the order has changed since');
  return undefined;
}

const formatETag = (order: Order): string => `"${order.version}"`;

/** RFC 9110 §13.1: a list of entity tags, or `*`; compared strongly. Our tags hold no commas. */
function listsETag(field: string | undefined, etag: string): boolean {
  return field !== undefined && field.split(',').some((tag) => ['*', etag].includes(tag.trim()));
}
