import { open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ClickHouseException } from '../engine/exception.js';

/** A request's body, decompressed, that is read from the front. */
export interface Body {
  /** Reads until `bytes` are there or the body ends; what was read stays readable by `spool`. */
  peek(bytes: number): Promise<{ readonly head: Buffer; readonly complete: boolean }>;
  /** Writes `before` and the body from `offset` on into a new file; returns its size. Throws when the client leaves. */
  spool(file: string, before: Buffer, offset: number): Promise<number>;
}

/** Gathered before they are written, since each write takes a turn on a thread. */
const writeBytes = 1024 * 1024;

export function readBody(request: IncomingMessage): Body {
  const chunks = decompress(request)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const read: Buffer[] = [];
  let readBytes = 0;
  let complete = false;

  async function pull(): Promise<Buffer | undefined> {
    if (complete) return undefined;
    try {
      const { done, value } = await chunks.next();
      if (done !== true) return value;
      complete = true;
      return undefined;
    } catch (error) {
      throw new ClickHouseException(33, 'CANNOT_READ_ALL_DATA', `Cannot read the request body: ${(error as Error).message}.`);
    }
  }

  return {
    async peek(bytes) {
      while (readBytes < bytes) {
        const chunk = await pull();
        if (chunk === undefined) break;
        read.push(chunk);
        readBytes += chunk.length;
      }
      const head = Buffer.concat(read);
      read.splice(0, read.length, head);
      // Whether anything follows shows only by trying.
      if (!complete && readBytes <= bytes) {
        const chunk = await pull();
        if (chunk !== undefined) {
          read.push(chunk);
          readBytes += chunk.length;
        }
      }
      return { head, complete: complete && readBytes === head.length };
    },
    async spool(file, before, offset) {
      const handle = await open(file, 'wx', 0o600);
      let written = 0;
      let skip = offset;
      let gathered: Buffer[] = [before];
      let gatheredBytes = before.length;
      const gather = async (chunk: Buffer) => {
        const rest = chunk.subarray(skip);
        skip -= chunk.length - rest.length;
        gathered.push(rest);
        gatheredBytes += rest.length;
        if (gatheredBytes >= writeBytes) await flush();
      };
      const flush = async () => {
        if (gatheredBytes === 0) return;
        const { bytesWritten } = await handle.writev(gathered);
        if (bytesWritten !== gatheredBytes) throw new Error(`wrote ${bytesWritten} of ${gatheredBytes} bytes to ${file}`);
        written += gatheredBytes;
        gathered = [];
        gatheredBytes = 0;
      };
      try {
        for (const chunk of read) await gather(chunk);
        for (let chunk = await pull(); chunk !== undefined; chunk = await pull()) await gather(chunk);
        await flush();
      } finally {
        await handle.close();
      }
      return written;
    },
  };
}

function decompress(request: IncomingMessage): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return request;
  const transform = encoding === 'gzip' ? createGunzip() : encoding === 'deflate' ? createInflate() : encoding === 'br' ? createBrotliDecompress() : undefined;
  if (transform === undefined) {
    throw new ClickHouseException(48, 'NOT_IMPLEMENTED', `Content-Encoding ${JSON.stringify(encoding)} is not known; gzip, deflate and br are.`);
  }
  request.on('error', (error) => transform.destroy(error));
  request.on('close', () => {
    if (!request.complete) transform.destroy(new Error('the client left'));
  });
  return request.pipe(transform);
}
