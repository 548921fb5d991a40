import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';

/** One response. A body is sent as JSON; `problem` makes it a problem document (RFC 9457). */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const MAX_JSON_BYTES = 64 * 1024;

export function problem(status: number, detail: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    body: { type: 'about:blank', title: STATUS_CODES[status], status, detail },
    headers: { ...headers, 'content-type': 'application/problem+json' },
  };
}

export function sendAnswer(response: ServerResponse, answer: Answer): void {
  const content = answer.body === undefined ? undefined : Buffer.from(`${JSON.stringify(answer.body)}\n`);
  response.writeHead(answer.status, {
    ...(content !== undefined && { 'content-type': 'application/json', 'content-length': content.length }),
    ...answer.headers,
  });
  response.end(content);
}

/** The JSON body of a request of at most 64 KiB, or the answer that refuses it: 400, 413 or 415. */
export async function readJson(
  request: IncomingMessage,
  mediaTypes: readonly string[],
): Promise<{ readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly answer: Answer }> {
  const mediaType = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!mediaTypes.includes(mediaType)) return { ok: false, answer: problem(415, `content-type: ${mediaTypes.join(' or ')}`) };

  const chunks: Buffer[] = [];
  let bodyBytes = 0;
  // Leaving the loop early must not destroy the connection, which still has to carry the refusal.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bodyBytes += chunk.length;
    if (bodyBytes > MAX_JSON_BYTES) return { ok: false, answer: problem(413, 'the body: at most 64 KiB', { connection: 'close' }) };
    chunks.push(chunk);
  }
  try {
    return { ok: true, value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))) };
  } catch {
    return { ok: false, answer: problem(400, 'the body: JSON in UTF-8') };
  }
}
