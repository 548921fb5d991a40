import { problemTable } from './problem-table.js';
import type { Deny } from './verdict.js';

/** Seconds a caller is asked to wait after a 503 that names no time of its own. */
const defaultRetryAfterS = 1;

/** The RFC 9457 answer to a denial: status, header fields in lower case, and the JSON body. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Builds the answer for a denial. `requestId` is repeated in `x-request-id` and in `instance`. */
export function renderProblem(denial: Deny, requestId: string): Problem {
  const row = problemTable[denial.reason];
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-request-id': requestId,
    ...denial.headers,
  };
  const retryAfterS = denial.retryAfterS ?? (row.status === 503 ? defaultRetryAfterS : undefined);
  if (retryAfterS !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterS)));
  const body = JSON.stringify({
    type: `https://sallyport.dev/problems/${denial.reason}`,
    title: row.title,
    status: row.status,
    detail: denial.detail ?? row.title + '.',
    instance: `urn:uuid:${requestId}`,
    reason: denial.reason,
    requestId,
  });
  return { status: row.status, headers, body };
}
