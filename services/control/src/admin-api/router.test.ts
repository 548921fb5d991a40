import { createLogger } from '@sallyport/observe';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RefusedError } from '../refused-error.js';
import type { AdminRoute } from './admin-route.js';
import { serveAdminApi } from './router.js';

const token = 'a token for this test';
const bodySchema = z.strictObject({ name: z.string(), list: z.array(z.int()).default([]) });
const querySchema = z.strictObject({ limit: z.coerce.number().int().positive().optional() });

const routes: AdminRoute[] = [
  { method: 'GET', path: '/open', open: true, summary: '', handle: async () => ({ open: true }) },
  { method: 'GET', path: '/things/:id', summary: '', handle: async ({ params, actor }) => ({ ...params, actor }) },
  { method: 'DELETE', path: '/things/:id', summary: '', handle: async () => ({}) },
  { method: 'POST', path: '/things', summary: '', handle: ({ body }) => body(bodySchema) },
  { method: 'GET', path: '/query', summary: '', handle: async ({ query }) => query(querySchema) },
  { method: 'GET', path: '/refused', summary: '', handle: () => Promise.reject(new RefusedError(422, 'no', ['a', 'b'])) },
  { method: 'GET', path: '/fault', summary: '', handle: () => Promise.reject(new Error('secret in the stack')) },
  { method: 'GET', path: '/a.json', summary: '', handle: async () => ({}) },
];

let server: Server;
let base: string;

beforeAll(async () => {
  server = serveAdminApi(routes, token, createLogger('control', 'test'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
});

async function call(method: string, path: string, options: { body?: string; token?: string | null } = {}) {
  const authorization = options.token === null ? undefined : `Bearer ${options.token ?? token}`;
  const response = await fetch(base + path, {
    method,
    headers: authorization === undefined ? {} : { authorization },
    ...(options.body === undefined ? {} : { body: options.body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>) };
}

describe('the admin API', () => {
  it('asks everywhere for the token but on open routes', async () => {
    expect((await call('GET', '/open', { token: null })).json).toEqual({ open: true });
    for (const wrong of [null, '', 'a token for this tesT', `${token} `.repeat(2)]) {
      const { status, headers, json } = await call('GET', '/things/1', { token: wrong });
      expect([status, json?.['title']]).toEqual([401, 'Unauthorized']);
      expect(headers.get('www-authenticate')).toContain('Bearer');
    }
  });

  it('hands over decoded parameters and whose token it was', async () => {
    expect((await call('GET', '/things/a%2Fb%20c')).json).toEqual({ id: 'a/b c', actor: 'admin' });
    expect((await call('GET', '/things/%zz')).status).toBe(400);
  });

  it('says which methods a resource has', async () => {
    const { status, headers } = await call('POST', '/things/1', { body: '{}' });
    expect([status, headers.get('allow')]).toEqual([405, 'GET, DELETE']);
    expect((await call('GET', '/nothing')).status).toBe(404);
    expect((await call('GET', '/axjson')).status).toBe(404);
    expect((await call('HEAD', '/open', { token: null })).status).toBe(200);
  });

  it('names the field of a body that does not fit', async () => {
    expect((await call('POST', '/things', { body: '{"name":"x","list":[1]}' })).json).toEqual({ name: 'x', list: [1] });
    expect((await call('POST', '/things', { body: '{"name":"x","list":[1,"2"]}' })).json?.['detail']).toMatch(/^list\.1: /);
    expect((await call('POST', '/things', { body: '{"nam":"x"}' })).status).toBe(400);
    expect((await call('POST', '/things', { body: '{' })).json?.['detail']).toBe('the body is not JSON');
  });

  it('names the parameter of a query that does not fit', async () => {
    expect((await call('GET', '/query?limit=3')).json).toEqual({ limit: 3 });
    for (const wrong of ['limit=x', 'limit=0', 'limi=3', 'limit=1&limit=2']) expect((await call('GET', `/query?${wrong}`)).status).toBe(400);
  });

  it('answers refusals with all that is wrong, and faults without a word of what they are', async () => {
    const refused = await call('GET', '/refused');
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.json).toEqual({ type: 'about:blank', title: 'Unprocessable Entity', status: 422, detail: 'no', errors: ['a', 'b'] });
    const fault = await call('GET', '/fault');
    expect(fault.status).toBe(500);
    expect(JSON.stringify(fault.json)).not.toContain('secret');
  });

  it('takes no bodies beyond 32 MiB', async () => {
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`POST /things HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Length: 1000000000\r\n\r\n`);
    const chunk = Buffer.alloc(1024 * 1024, 0x20);
    for (let i = 0; i < 40; i++) socket.write(chunk);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });
});
