import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from 'node:net';
import { type RequestToSend, type SeenRequest, sendRequest, TestGateway, Upstream } from './src/index.js';

const trace = '0af7651916cd43dd8448eb211c80319c';
const span = 'b7ad6b7169203331';

let upstream: Upstream;
let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  upstream = await Upstream.start();
  gateway = await TestGateway.start({
    policy: `
version: 1
consumers: { acme: {} }
upstreams: { up: { targets: [ { url: '${upstream.url}' } ], timeout: 2s } }
routes:
  - { id: keyed, match: { path: /keyed }, upstream: up, auth: { any: [ { apiKey: { header: x-api-key } } ] } }
  - { id: forwarding, match: { path: /forwarding }, upstream: up, auth: { any: [ { apiKey: { header: x-api-key } } ] }, forwardCredential: true }
  - { id: in-query, match: { path: /in-query }, upstream: up, auth: { any: [ { apiKey: { query: key } } ] } }
  - { id: in-cookie, match: { path: /in-cookie }, upstream: up, auth: { any: [ { apiKey: { cookie: sid } } ] } }
  - { id: open, match: { path: [ /open, '/status/:status', '/bytes/:count', /broken ] }, upstream: up, auth: public }
`,
  });
  ({ key } = await gateway.mintKey('acme', ['things:read', 'things:write']));
});

afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

/** What the upstream saw of a request that passed. */
async function forwarded(path: string, options: RequestToSend = {}): Promise<SeenRequest & { readonly requestId: string }> {
  const answer = await sendRequest(gateway.url, path, options);
  expect(answer.status).toBe(200);
  return { ...(JSON.parse(answer.body.toString()) as SeenRequest), requestId: String(answer.headers['x-request-id']) };
}

const valuesOf = ({ rawHeaders }: SeenRequest, name: string) => rawHeaders.filter((_, i) => rawHeaders[i - 1]?.toLowerCase() === name && i % 2 === 1);

describe('what reaches the upstream', () => {
  it('names the request, the trace, the consumer and its scopes, once each, whatever the client says of them', async () => {
    const seen = await forwarded('/keyed', {
      headers: {
        'x-api-key': key,
        'x-request-id': 'mine',
        traceparent: `00-${trace}-${span}-00`,
        tracestate: 'vendor=1',
        'x-consumer-id': 'root',
        'X-Consumer-Scopes': 'admin',
      },
    });
    expect(valuesOf(seen, 'x-request-id')).toEqual([seen.requestId]);
    expect(valuesOf(seen, 'x-consumer-id')).toEqual(['acme']);
    expect(valuesOf(seen, 'x-consumer-scopes')).toEqual(['things:read things:write']);
    const [traceparent] = valuesOf(seen, 'traceparent');
    expect(traceparent).toMatch(new RegExp(`^00-${trace}-(?!${span})[0-9a-f]{16}-00$`));
    expect(seen.headers['tracestate']).toBe('vendor=1');
    const [row] = await gateway.sql<{ trace_id: string }>(`SELECT trace_id FROM requests WHERE request_id = '${(await gateway.rowsOf(seen.requestId))[0]!.request_id}'`);
    expect(row!.trace_id).toBe(trace);
  });

  it('says nothing of a consumer where there is none', async () => {
    const seen = await forwarded('/open', { headers: { 'x-consumer-id': 'root', 'x-consumer-scopes': 'admin' } });
    expect(seen.headers).not.toHaveProperty('x-consumer-id');
    expect(seen.headers).not.toHaveProperty('x-consumer-scopes');
    expect(seen.headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  it('is without the credential, wherever it was, and without any other that nobody asked for', async () => {
    const authorization = 'Bearer none';
    expect(JSON.stringify(await forwarded('/keyed', { headers: { 'x-api-key': key, authorization } }))).not.toMatch(new RegExp(`${key}|Bearer`));
    const inQuery = await forwarded(`/in-query?a=1&key=${key}&b=2`);
    expect(inQuery.url).toBe('/in-query?a=1&b=2');
    const inCookie = await forwarded('/in-cookie', { headers: { cookie: `a=1; sid=${key}; b=2` } });
    expect(inCookie.headers.cookie).toBe('a=1; b=2');
  });

  it('has the credential where the route says so', async () => {
    expect((await forwarded('/forwarding', { headers: { 'x-api-key': key } })).headers['x-api-key']).toBe(key);
  });

  it('is without what concerned one connection alone', async () => {
    const seen = await forwarded('/open', {
      headers: { connection: 'keep-alive, x-hop', 'x-hop': '1', te: 'trailers', 'keep-alive': 'timeout=5', 'proxy-authorization': 'Basic eA==', upgrade: 'h2c', 'x-end': '1' },
    });
    for (const name of ['x-hop', 'te', 'keep-alive', 'proxy-authorization', 'upgrade']) expect(seen.headers).not.toHaveProperty(name);
    expect(seen.headers['x-end']).toBe('1');
  });

  it('believes no client about where it came from', async () => {
    const seen = await forwarded('/open', { headers: { host: 'api.example.com', 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9', 'x-real-ip': '203.0.113.9' } });
    expect(valuesOf(seen, 'x-forwarded-for')).toEqual(['127.0.0.1']);
    expect(seen.headers['x-forwarded-host']).toBe('api.example.com');
    expect(seen.headers).not.toHaveProperty('forwarded');
    expect(seen.headers).not.toHaveProperty('x-real-ip');
  });

  it('has the query byte for byte', async () => {
    const query = '?a=%2F&A=%2f&b=+%20&&c=%41;d&=&e=1&e=2&f[]=x|y&g=\'`{}^~';
    expect((await forwarded(`/open${query}`)).url).toBe(`/open${query}`);
    expect((await forwarded('/open?')).url).toMatch(/^\/open\??$/);
  });

  it('is never a second request that hides behind a chunked body', async () => {
    const hidden = 'POST /open HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /open?hidden HTTP/1.1\r\nHost: a\r\n\r\n';
    const text = await new Promise<string>((resolve) => {
      let received = '';
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () => socket.write(hidden));
      socket.on('data', (data) => (received += data.toString('latin1')));
      socket.on('error', () => {});
      socket.on('close', () => resolve(received));
    });
    expect(text.split('HTTP/1.1 ').length - 1).toBeLessThanOrEqual(1);
    expect(upstream.seen.map(({ url }) => url)).not.toContain('/open?hidden');
  });
});

describe('what reaches the client', () => {
  it('is the answer without what reveals the upstream or concerned its connection alone', async () => {
    const { headers, status } = await sendRequest(gateway.url, '/open');
    expect(status).toBe(200);
    for (const name of ['server', 'x-powered-by', 'via', 'x-inner', 'keep-alive']) expect(headers).not.toHaveProperty(name);
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(headers['x-kept']).toBe('yes');
  });

  it.each([
    ['an allowed one', '/open', {}, 200],
    ['an unmatched one', '/none', {}, 404],
    ['one without credential', '/keyed', {}, 401],
    ['one with another method', '/open', { method: 'OPTIONS' }, 200],
    ['one with too large a head', '/open', { headers: { 'x-long': 'x'.repeat(17_000) } }, 431],
    ['a malformed one', '/open', { headers: { host: 'a b' } }, 400],
  ] as const)('names the request, in the answer to %s', async (_what, path, options, status) => {
    const answer = await sendRequest(gateway.url, path, options as RequestToSend);
    expect(answer.status).toBe(status);
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('has no body after HEAD, 204 and 304, and the connection serves on', async () => {
    const head = await sendRequest(gateway.url, '/bytes/1000', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect(head.headers['content-length']).toBe('1000');
    const large = await sendRequest(gateway.url, '/bytes/1000000', { method: 'HEAD' });
    expect(large.headers['content-length']).toBe('1000000');
    for (const status of [204, 304]) {
      const answer = await sendRequest(gateway.url, `/status/${status}`);
      expect(answer).toMatchObject({ status, body: Buffer.alloc(0) });
      expect(answer.headers).not.toHaveProperty('transfer-encoding');
      expect(answer.headers['etag']).toBe('"x"');
    }
    const text = await overOneConnection(['HEAD /bytes/50000', 'GET /status/204', 'GET /status/304', 'GET /open']);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 204', 'HTTP/1.1 304', 'HTTP/1.1 200']);
  });

  it('is broken off where the upstream broke off, never ended as if it were complete', async () => {
    await expect(sendRequest(gateway.url, '/broken')).rejects.toThrow();
    const requestId = String(upstream.seen.at(-1)!.headers['x-request-id']);
    expect(await gateway.rowsOf(requestId)).toMatchObject([{ status: 200, stage: 'routing', reason: 'upstream_failed' }]);
  });
});

/** Sends one request after the other on one connection, each when the one before has been answered. */
function overOneConnection(lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    let sent = 0;
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    const next = () => {
      const last = sent === lines.length - 1;
      socket.write(`${lines[sent++]} HTTP/1.1\r\nHost: a\r\n${last ? 'Connection: close\r\n' : ''}\r\n`);
    };
    socket.once('connect', next);
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (sent < lines.length && text.endsWith('\r\n\r\n')) next();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(text));
  });
}
