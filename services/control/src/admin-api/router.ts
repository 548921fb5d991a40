import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { hash, timingSafeEqual } from 'node:crypto';
import type { Logger } from '@sallyport/observe';
import { JetStreamError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { ControlLogBusyError, ControlLogUnreachableError } from '../control-log-writer.js';
import { RefusedError } from '../refused-error.js';
import type { AdminRoute } from './admin-route.js';
import { readBody, readQuery } from './read-call.js';

/** The one token there is belongs to whoever runs the gateway. */
const tokenOwner = 'admin';

/** Serves the admin API; everything but `open` routes asks for the token. */
export function serveAdminApi(routes: readonly AdminRoute[], token: string, logger: Logger): Server {
  const expected = digestOf(token);
  const compiled = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  return createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => answerError(response, error, logger));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = readUrl(request);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const onPath = compiled.filter(({ pattern }) => pattern.test(url.pathname));
    const found = onPath.find(({ route }) => route.method === method);
    if (found === undefined) {
      if (onPath.length === 0) throw new RefusedError(404, 'there is no such resource; GET /api/v1/openapi.json lists all there are');
      response.setHeader('allow', onPath.map(({ route }) => route.method).join(', '));
      throw new RefusedError(405, 'this resource does not have this method');
    }
    if (found.route.open !== true && !isAuthorized(request, expected)) {
      response.setHeader('www-authenticate', 'Bearer realm="sallyport-admin"');
      throw new RefusedError(401, 'send the admin token as `Authorization: Bearer …`');
    }
    const result = await found.route.handle({
      params: readParams(found.pattern, url.pathname),
      request,
      response,
      actor: tokenOwner,
      query: (schema) => readQuery(url.searchParams, schema),
      body: (schema) => readBody(request, schema),
    });
    if (result !== undefined) sendJson(response, 200, result);
  }
}

function readUrl(request: IncomingMessage): URL {
  const text = `http://admin${request.url ?? '/'}`;
  if (!URL.canParse(text)) throw new RefusedError(400, 'the target of the request is malformed');
  return new URL(text);
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', String.raw`\.`).replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
}

function readParams(pattern: RegExp, path: string): Record<string, string> {
  try {
    const groups = Object.entries(pattern.exec(path)?.groups ?? {});
    return Object.fromEntries(groups.map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw new RefusedError(400, 'the path is not well encoded');
  }
}

function digestOf(text: string): Buffer {
  return Buffer.from(hash('sha256', text, 'hex'));
}

function isAuthorized(request: IncomingMessage, expected: Buffer): boolean {
  const match = /^bearer +(.+)$/i.exec(request.headers.authorization ?? '');
  return match !== null && timingSafeEqual(digestOf(match[1]!), expected);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value) + '\n');
}

/** Answers with a problem (RFC 9457); `errors` lists the faults where there are several. */
function answerError(response: ServerResponse, thrown: unknown, logger: Logger): void {
  // Whoever asked has gone.
  if (response.destroyed) return;
  const error = explain(thrown);
  if (error === undefined) logger.error({ err: thrown }, 'the admin API failed on a call');
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, message: detail, problems } = error ?? new RefusedError(500, 'the call failed; the log of control says why');
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(status === 503 ? { 'retry-after': '1' } : {}),
    // What is left of a body that was not read would be taken for the next request.
    ...(response.req.complete ? {} : { connection: 'close' }),
  });
  response.end(
    JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail, ...(problems.length > 0 ? { errors: problems } : {}) }) + '\n',
  );
}

/** What the caller can be told; undefined for a fault of control's own. */
function explain(error: unknown): RefusedError | undefined {
  if (error instanceof RefusedError) return error;
  if (error instanceof ControlLogBusyError || error instanceof ControlLogUnreachableError) return new RefusedError(503, error.message);
  if (isBrokerFault(error)) return new RefusedError(503, 'NATS does not answer; nothing was changed, or it is not known to be');
  return undefined;
}

function isBrokerFault(error: unknown): boolean {
  return (
    error instanceof errors.TimeoutError ||
    error instanceof errors.RequestError ||
    error instanceof errors.ConnectionError ||
    error instanceof errors.ClosedConnectionError ||
    error instanceof errors.DrainingConnectionError ||
    error instanceof JetStreamError
  );
}
