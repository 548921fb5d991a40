import { readQuota, type Sections } from '@sallyport/envelope';
import { type Deny, renderProblem } from '@sallyport/verdict';
import type { Exchange } from './edge/exchange.js';

/** Answers with the RFC 9457 problem of a denial; yields the bytes of its body. `fields` are further header fields. */
export function respondProblem(exchange: Exchange, denial: Deny, requestId: string, fields: readonly string[]): number {
  const { status, headers, body } = renderProblem(denial, requestId);
  exchange.respond(status, [...Object.entries(headers).flat(), ...fields], body);
  return Buffer.byteLength(body);
}

/** The `RateLimit` fields that quota has left in the envelope. */
export function quotaHeaders(sections: Sections | undefined): readonly string[] {
  return sections?.has('quota') ? readQuota(sections).headers : [];
}
