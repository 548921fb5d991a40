import type { IncomingMessage } from 'node:http';
import { ClickHouseException } from '../engine/exception.js';
import type { Setting } from '../reading/reader-settings.js';

/** What a request says in its URL and header, in ClickHouse's terms. */
export interface StatementRequest {
  readonly queryId: string;
  /** From the URL; the body follows it. */
  readonly query: string;
  readonly database: string;
  readonly defaultFormat: string;
  readonly user: string;
  readonly password: string;
  readonly settings: readonly Setting[];
  readonly params: readonly (readonly [name: string, value: string])[];
  /** Answer only when the whole result is there. */
  readonly whole: boolean;
  readonly compressAnswer: boolean;
}

/** Parameters of the interface that are not settings. */
const reserved = new Set([
  'buffer_size',
  'client_protocol_version',
  'close_session',
  'compress',
  'database',
  'decompress',
  'default_format',
  'password',
  'query',
  'query_id',
  'quota_key',
  'role',
  'session_check',
  'session_id',
  'session_timeout',
  'stacktrace',
  'user',
  'wait_end_of_query',
]);

/** Throws `ClickHouseException` for what this server does not offer. */
export function parseRequest(request: IncomingMessage, search: URLSearchParams, queryId: string): StatementRequest {
  if (isOn(search.get('compress')) || isOn(search.get('decompress'))) {
    throw notOffered('compress and decompress (ClickHouse’s own block format); use Accept-Encoding and Content-Encoding');
  }
  if (isOn(search.get('session_check'))) {
    throw new ClickHouseException(372, 'SESSION_NOT_FOUND', 'Session not found. Sessions are not kept; send settings with each request.');
  }
  if (search.has('role')) throw notOffered('role');

  const settings: Setting[] = [];
  const params: [string, string][] = [];
  for (const [name, value] of search) {
    if (reserved.has(name)) continue;
    if (name.startsWith('param_')) params.push(parseParam(name, value));
    else if (/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) settings.push([name, value]);
    else throw new ClickHouseException(115, 'UNKNOWN_SETTING', `Unknown setting '${name}'.`);
  }
  const { user, password } = readCredentials(request, search);
  return {
    queryId,
    query: search.get('query') ?? '',
    database: search.get('database') ?? header(request, 'x-clickhouse-database') ?? '',
    defaultFormat: parseFormat(search.get('default_format') ?? header(request, 'x-clickhouse-format') ?? 'TabSeparated'),
    user,
    password,
    settings,
    params,
    whole: isOn(search.get('wait_end_of_query')) || isOn(search.get('http_wait_end_of_query')),
    compressAnswer: isOn(search.get('enable_http_compression')),
  };
}

/** One query parameter, `param_<name>`. */
export function parseParam(name: string, value: string): [string, string] {
  const bare = name.slice('param_'.length);
  if (!/^[A-Za-z0-9_]+$/.test(bare)) throw new ClickHouseException(36, 'BAD_ARGUMENTS', `Bad name of a query parameter: '${bare}'.`);
  return [bare, value];
}

function parseFormat(format: string): string {
  if (/^[A-Za-z0-9_]+$/.test(format)) return format;
  throw new ClickHouseException(73, 'UNKNOWN_FORMAT', `Unknown format ${format}.`);
}

function readCredentials(request: IncomingMessage, search: URLSearchParams): { user: string; password: string } {
  const basic = /^basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic !== undefined) {
    const decoded = Buffer.from(basic, 'base64').toString();
    const colon = decoded.indexOf(':');
    const user = colon < 0 ? decoded : decoded.slice(0, colon);
    return { user: user === '' ? 'default' : user, password: colon < 0 ? '' : decoded.slice(colon + 1) };
  }
  if (request.headers.authorization !== undefined) {
    throw new ClickHouseException(516, 'AUTHENTICATION_FAILED', 'Authentication failed: only the Basic scheme is known.');
  }
  return {
    user: header(request, 'x-clickhouse-user') ?? search.get('user') ?? 'default',
    password: header(request, 'x-clickhouse-key') ?? search.get('password') ?? '',
  };
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function isOn(value: string | null): boolean {
  return value !== null && value !== '' && value !== '0' && value !== 'false';
}

function notOffered(what: string): ClickHouseException {
  return new ClickHouseException(48, 'NOT_IMPLEMENTED', `Not offered by the embedded warehouse: ${what}.`);
}
