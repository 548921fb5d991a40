import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { RefusedError } from '../refused-error.js';

const maxBodyBytes = 32 * 1024 * 1024;

/** Reads a JSON body; an empty one counts as `{}`. Throws `RefusedError` (400, 413). */
export async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
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
  return check(schema, value, 'body');
}

/** Throws `RefusedError` (400) for a parameter that is unknown, repeated or does not fit. */
export function readQuery<T>(query: URLSearchParams, schema: z.ZodType<T>): T {
  for (const name of query.keys()) {
    if (query.getAll(name).length > 1) throw new RefusedError(400, `${name}: may be given once`);
  }
  return check(schema, Object.fromEntries(query), 'query');
}

function check<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RefusedError(400, `${issue?.path.join('.') || what}: ${issue?.message ?? 'does not fit'}`);
}
