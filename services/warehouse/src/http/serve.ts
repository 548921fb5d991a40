import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from '@sallyport/observe';
import { ClickHouseException, toClickHouseException } from '../engine/exception.js';
import { answerException } from './answer.js';
import { authenticate } from './authenticate.js';
import { handleStatement, type StatementContext } from './handle-statement.js';
import { parseRequest } from './parse-request.js';

export interface ServeOptions extends StatementContext {
  readonly engineVersion: string;
  /** SHA-256 of the recorder's password; without it nobody may write. */
  readonly recorderDigest: Buffer | undefined;
  /** Bound to the loopback interface: then a name that is not its own in Host is another site's page (DNS rebinding). */
  readonly loopbackOnly: boolean;
  readonly log: Logger;
}

/** Statements come in the URL, too. ClickHouse's default is 1 MiB. */
const maxHeaderBytes = 1024 * 1024;

/** ClickHouse's HTTP interface. The caller listens and closes. */
export function createWarehouseServer(options: ServeOptions): Server {
  return createServer({ maxHeaderSize: maxHeaderBytes, keepAliveTimeout: 30_000 }, (request, response) => {
    handle(options, request, response).catch((error: unknown) => {
      options.log.error({ err: error }, 'request failed');
      response.destroy();
    });
  });
}

async function handle(options: ServeOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://warehouse');
  const queryId = url.searchParams.get('query_id') || randomUUID();
  request.on('error', () => undefined);
  response.on('error', () => undefined);

  if (options.loopbackOnly && !isLoopbackHost(request.headers.host)) {
    return answerText(response, 403, 'This server answers to localhost and to addresses only; the Host field names something else.\n');
  }
  if (request.method !== 'GET' && request.method !== 'POST' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD, POST');
    return answerText(response, 405, 'Only GET, HEAD and POST.\n');
  }
  if (url.pathname === '/ping' || url.pathname === '/replicas_status') return answerText(response, 200, 'Ok.\n');
  if (url.pathname !== '/' && url.pathname !== '/query') {
    return answerText(
      response,
      404,
      `There is no handle ${url.pathname}\nUse / or /ping for health checks.\nOr /replicas_status for more sophisticated health checks.\nSend queries from your program with POST method or GET /?query=...\n`,
    );
  }
  if (request.method !== 'POST' && !url.searchParams.get('query')) return answerText(response, 200, 'Ok.\n');

  try {
    const asked = parseRequest(request, url.searchParams, queryId);
    const principal = authenticate(asked.user, asked.password, options.recorderDigest);
    await handleStatement(options, request, response, asked, principal);
  } catch (thrown) {
    if (!(thrown instanceof ClickHouseException)) options.log.error({ err: thrown }, 'statement failed');
    answerException(response, queryId, toClickHouseException(thrown), options.engineVersion);
  }
}

function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=UTF-8' });
  response.end(text);
}

function isLoopbackHost(host: string | undefined): boolean {
  if (host === undefined) return true;
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || /^\d+\.\d+\.\d+\.\d+$/.test(name) || name.startsWith('[');
}
