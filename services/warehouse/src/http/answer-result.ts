import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { constants, createBrotliCompress, createDeflate, createGzip, type BrotliCompress, type Deflate, type Gzip } from 'node:zlib';
import { toClickHouseException, type ClickHouseException } from '../engine/exception.js';
import { contentTypeOf } from '../reading/output-format.js';
import type { ReadAnswer } from '../reading/reader-pool.js';
import { commonHeaders, renderSummary } from './answer.js';

/** A client that takes nothing for so long loses its connection, so that it does not keep a reader. */
const stalledMs = 60_000;

/**
 * Sends a result as it comes, at the client's pace. An exception midway is written behind what was sent, marked as ClickHouse
 * does since 25.11, and the connection is cut, so that no client takes the result for whole.
 */
export async function answerResult(request: IncomingMessage, response: ServerResponse, queryId: string, answer: ReadAnswer, compress: boolean): Promise<void> {
  const tag = randomBytes(8).toString('hex');
  const encoding = compress ? chooseEncoding(String(request.headers['accept-encoding'] ?? '')) : undefined;
  const { rows = 0, bytes = 0, elapsedNs = 0 } = answer.statistics ?? {};
  response.writeHead(200, {
    ...commonHeaders(queryId),
    'content-type': contentTypeOf(answer.format),
    'x-clickhouse-format': answer.format,
    'x-clickhouse-summary': renderSummary({ readRows: rows, readBytes: bytes, elapsedNs }),
    'x-clickhouse-exception-tag': tag,
    ...(encoding === undefined ? {} : { 'content-encoding': encoding, vary: 'accept-encoding' }),
  });

  const encoder = encoding === undefined ? undefined : encoders[encoding]();
  encoder?.pipe(response, { end: false });
  const sink: Writable = encoder ?? response;
  try {
    for await (const block of answer.blocks) {
      if (!sink.write(block)) await drained(sink, response);
    }
  } catch (thrown) {
    if (response.destroyed) return;
    await flush(encoder, sink, renderMarked(toClickHouseException(thrown), tag));
    response.socket?.destroySoon();
    return;
  }
  await flush(encoder, sink, undefined);
  response.end();
}

const encoders: Readonly<Record<Encoding, () => Gzip | BrotliCompress | Deflate>> = {
  gzip: () => createGzip({ level: 1 }),
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 2 } }),
  deflate: () => createDeflate({ level: 1 }),
};

type Encoding = 'gzip' | 'br' | 'deflate';

function chooseEncoding(accepted: string): Encoding | undefined {
  const names = accepted
    .toLowerCase()
    .split(',')
    .filter((entry) => !/;\s*q=0(?:\.0*)?\s*$/.test(entry))
    .map((entry) => entry.split(';')[0]?.trim());
  return (['gzip', 'br', 'deflate'] as const).find((name) => names.includes(name) || names.includes('*'));
}

/** The layout of `__exception__` blocks: tag, text, its length, tag. */
function renderMarked(exception: ClickHouseException, tag: string): Buffer {
  const text = `${exception.message}\n`;
  return Buffer.from(`\r\n__exception__\r\n${tag}\r\n${text}${Buffer.byteLength(text)} ${tag}\r\n__exception__\r\n`);
}

function drained(sink: Writable, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => response.destroy(new Error('the client takes nothing')), stalledMs);
    const settle = (error?: Error) => {
      clearTimeout(timer);
      sink.off('drain', onDrain);
      response.off('close', onClose);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onDrain = () => settle();
    const onClose = () => settle(new Error('the client left'));
    sink.on('drain', onDrain);
    response.on('close', onClose);
    if (response.destroyed) onClose();
  });
}

/** Writes `last` and waits until everything has gone into the response. */
function flush(encoder: Writable | undefined, sink: Writable, last: Buffer | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (encoder !== undefined) {
      encoder.once('end', resolve);
      encoder.once('close', resolve);
      encoder.end(last);
    } else if (last !== undefined) {
      sink.write(last, () => resolve());
    } else resolve();
  });
}
