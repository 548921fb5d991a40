import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hash, timingSafeEqual } from 'node:crypto';
import type { Logger } from '@sallyport/observe';
import { z } from 'zod';
import { RefusedError } from '../apply-policy.js';

const maxBodyBytes = 32 * 1024 * 1024;

export interface AdminCall {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Reads the JSON body and checks it; a body that does not fit is a 400 that names the field. */
  readonly body: <T>(schema: z.ZodType<T>) => Promise<T>;
}

export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `/api/v1/keys/:id`. */
  readonly path: string;
  /** Served without the admin token. */
  readonly open?: boolean;
  /** What it does, for the OpenAPI document. */
  readonly summary: string;
  readonly requestSchema?: z.ZodType;
  /** Yields what is answered as JSON; undefined where it has answered itself. */
  readonly handle: (call: AdminCall) => Promise<unknown>;
}

/** Serves the admin API; everything but `open` routes asks for the token. */
export function serveAdminApi(routes: readonly AdminRoute[], token: string, logger: Logger): Server {
  const expected = digestOf(token);
  const compiled = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  return createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => answerError(response, error, logger));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://admin');
    const onPath = compiled.filter(({ pattern }) => pattern.test(url.pathname));
    const found = onPath.find(({ route }) => route.method === request.method);
    if (found === undefined) {
      if (onPath.length === 0) throw new RefusedError(404, 'there is no such resource');
      response.setHeader('allow', onPath.map(({ route }) => route.method).join(', '));
      throw new RefusedError(405, 'this resource does not have this method');
    }
    if (found.route.open !== true && !isAuthorized(request, expected)) {
      response.setHeader('www-authenticate', 'Bearer realm="sallyport-admin"');
      throw new RefusedError(401, 'send the admin token as `Authorization: Bearer …`');
    }
    const params = found.pattern.exec(url.pathname)?.groups ?? {};
    const decoded = Object.fromEntries(Object.entries(params).map(([key, value]) => [key, decodeURIComponent(value)]));
    const result = await found.route.handle({
      params: decoded,
      query: url.searchParams,
      request,
      response,
      body: async (schema) => readBody(request, schema),
    });
    if (result !== undefined) sendJson(response, 200, result);
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
}

function digestOf(text: string): Buffer {
  return Buffer.from(hash('sha256', text, 'hex'));
}

function isAuthorized(request: IncomingMessage, expected: Buffer): boolean {
  const match = /^bearer +(.+)$/i.exec(request.headers.authorization ?? '');
  return match !== null && timingSafeEqual(digestOf(match[1]!), expected);
}

async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new RefusedError(413, `the body may have ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString() || '{}');
  } catch {
    throw new RefusedError(400, 'the body is not JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RefusedError(400, `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'does not fit'}`);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value) + '\n');
}

function answerError(response: ServerResponse, error: unknown, logger: Logger): void {
  const status = error instanceof RefusedError ? error.status : 500;
  if (status === 500) logger.error({ err: error }, 'the admin API failed on a call');
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const detail = error instanceof RefusedError ? error.message : 'the call failed; the log of control says why';
  response.writeHead(status, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  response.end(JSON.stringify({ type: 'about:blank', title: detail, status, detail }) + '\n');
}
