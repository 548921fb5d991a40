import { randomHex } from './request-id.js';

const pattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

export interface TraceContext {
  readonly traceId: string;
  /** The caller's span; empty when the trace begins here. */
  readonly parentSpanId: string;
  /** What travels on: the trace of the caller or a new one, with this request's own span id. */
  readonly traceparent: string;
}

/** Continues the caller's trace (W3C Trace Context), or starts one that is sampled with the probability `sampleRatio`. */
export function traceContext(incoming: string | undefined, sampleRatio: number): TraceContext {
  const match = incoming === undefined ? null : pattern.exec(incoming);
  if (match === null) {
    const random = randomHex(24);
    const sampled = sampleRatio > 0 && Math.random() < sampleRatio;
    const traceId = random.slice(0, 32);
    return { traceId, parentSpanId: '', traceparent: `00-${traceId}-${random.slice(32)}-${sampled ? '01' : '00'}` };
  }
  const traceId = match[1]!;
  const sampled = (parseInt(match[3]!, 16) & 1) === 1;
  return { traceId, parentSpanId: match[2]!, traceparent: `00-${traceId}-${randomHex(8)}-${sampled ? '01' : '00'}` };
}
