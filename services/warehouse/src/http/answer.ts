import type { ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import type { ClickHouseException } from '../engine/exception.js';
import { contentTypeOf } from '../reading/output-format.js';
import { httpStatusOf } from './http-status.js';

export interface Statistics {
  readonly readRows?: number;
  readonly readBytes?: number;
  readonly writtenRows?: number;
  readonly writtenBytes?: number;
  readonly elapsedNs?: number;
}

/** Fields that every answer carries. */
export function commonHeaders(queryId: string): Record<string, string> {
  return {
    'x-clickhouse-server-display-name': hostname(),
    'x-clickhouse-query-id': queryId,
    'x-clickhouse-timezone': 'UTC',
  };
}

export function renderSummary(statistics: Statistics): string {
  const { readRows = 0, readBytes = 0, writtenRows = 0, writtenBytes = 0, elapsedNs = 0 } = statistics;
  return JSON.stringify({
    read_rows: String(readRows),
    read_bytes: String(readBytes),
    written_rows: String(writtenRows),
    written_bytes: String(writtenBytes),
    total_rows_to_read: '0',
    result_rows: String(readRows),
    result_bytes: String(readBytes),
    elapsed_ns: String(elapsedNs),
  });
}

/** The answer to a statement without a result. */
export function answerEmpty(response: ServerResponse, queryId: string, format: string, statistics: Statistics): void {
  response.writeHead(200, {
    ...commonHeaders(queryId),
    'content-type': contentTypeOf(format),
    'x-clickhouse-format': format,
    'x-clickhouse-summary': renderSummary(statistics),
  });
  response.end();
}

/** The answer to a statement that failed before anything of its result was sent. */
export function answerException(response: ServerResponse, queryId: string, exception: ClickHouseException, engineVersion: string): void {
  if (response.headersSent) return;
  response.writeHead(httpStatusOf(exception.code), {
    ...commonHeaders(queryId),
    'content-type': 'text/plain; charset=UTF-8',
    'x-clickhouse-exception-code': String(exception.code),
    ...(exception.code === 194 ? { 'www-authenticate': 'Basic realm="ClickHouse server HTTP API"' } : {}),
  });
  response.end(`${exception.message} (version ${engineVersion})\n`);
}
