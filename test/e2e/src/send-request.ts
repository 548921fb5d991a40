import { type IncomingHttpHeaders, request, type RequestOptions } from 'node:http';
import type { Readable } from 'node:stream';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** From the request's beginning to the first byte of the answer's body, and to its end. */
  readonly firstByteMs: number;
  readonly tookMs: number;
}

export interface RequestToSend extends RequestOptions {
  readonly body?: Buffer | string | Readable;
}

/** Sends one request with its target and fields exactly as given, on a connection of its own unless there is an agent. */
export function sendRequest(url: string, path: string, options: RequestToSend = {}): Promise<Answer> {
  const { body, ...rest } = options;
  const { hostname, port } = new URL(url);
  const startedAtMs = performance.now();
  return new Promise((resolve, reject) => {
    const call = request({ hostname, port, path, agent: false, ...rest }, (response) => {
      const chunks: Buffer[] = [];
      let firstByteMs = 0;
      response.on('data', (chunk: Buffer) => {
        if (chunks.length === 0) firstByteMs = performance.now() - startedAtMs;
        chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, body: Buffer.concat(chunks), firstByteMs, tookMs: performance.now() - startedAtMs });
      });
    });
    call.on('error', reject);
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) call.end(body);
    else body.pipe(call);
  });
}
