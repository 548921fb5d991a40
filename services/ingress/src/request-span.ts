import type { SpanFacts } from '@sallyport/observe';
import type { RequestOutcome } from './record-request.js';

/** The span of a whole request, with the attributes of OpenTelemetry's HTTP conventions. */
export function requestSpan(
  requestId: string,
  outcome: RequestOutcome,
): Omit<SpanFacts, 'traceId' | 'spanId' | 'parentSpanId'> {
  const { method, route, pathTemplate, status, clientIp, reason, stage, totalUs, revision } = outcome;
  const endMs = performance.timeOrigin + performance.now();
  return {
    name: `${method} ${pathTemplate}`,
    kind: 'server',
    startMs: endMs - totalUs / 1000,
    endMs,
    attributes: {
      'http.request.method': method,
      'http.route': pathTemplate,
      'http.response.status_code': status,
      'client.address': clientIp,
      'sallyport.request_id': requestId,
      'sallyport.revision': revision,
      'sallyport.route': route,
      'sallyport.stage': stage,
      'sallyport.reason': reason,
    },
    failed: status >= 500,
  };
}
