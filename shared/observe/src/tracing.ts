import { context, type Span, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { randomBytes } from 'node:crypto';

/** One finished piece of work on a sampled request. Times are milliseconds since 1970, with fractions. */
export interface SpanFacts {
  readonly traceId: string;
  /** Its own id, where others hang under it; made up when absent. */
  readonly spanId?: string;
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'server' | 'internal' | 'client';
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly failed: boolean;
}

/** Sends spans over OTLP. Spans are made of what is known when the work is over, so that unsampled requests cost nothing. */
export interface Tracing {
  record(facts: SpanFacts): void;
  shutdown(): Promise<void>;
}

const kinds = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL, client: SpanKind.CLIENT } as const;

/** Ids that were made before the span: they travelled with the request. */
class GivenIds {
  traceId = '';
  spanId = '';

  readonly generateTraceId = (): string => this.traceId || randomBytes(16).toString('hex');

  readonly generateSpanId = (): string => {
    const id = this.spanId || randomBytes(8).toString('hex');
    this.spanId = '';
    return id;
  };
}

/**
 * Starts OpenTelemetry when `OTEL_EXPORTER_OTLP_ENDPOINT` (or the one for traces) is set, with all of its usual variables;
 * undefined otherwise. The SDK is loaded only then.
 */
export async function startTracing(
  service: string,
  instance: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Tracing | undefined> {
  if (!env['OTEL_EXPORTER_OTLP_ENDPOINT'] && !env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']) return undefined;
  const { NodeSDK, resources, tracing } = await import('@opentelemetry/sdk-node');
  const ids = new GivenIds();
  const sdk = new NodeSDK({
    resource: resources.resourceFromAttributes({
      'service.name': `sallyport-${service}`,
      'service.namespace': 'sallyport',
      'service.instance.id': instance,
    }),
    autoDetectResources: false,
    idGenerator: ids,
    instrumentations: [],
    // Whether a request is sampled was decided where it came in.
    sampler: new tracing.AlwaysOnSampler(),
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  const tracer = trace.getTracer('sallyport');
  return {
    record: (facts) => {
      ids.traceId = facts.traceId;
      ids.spanId = facts.spanId ?? '';
      const parent =
        facts.parentSpanId === ''
          ? context.active()
          : trace.setSpanContext(context.active(), {
              traceId: facts.traceId,
              spanId: facts.parentSpanId,
              traceFlags: TraceFlags.SAMPLED,
              isRemote: true,
            });
      const options = { kind: kinds[facts.kind], startTime: facts.startMs, attributes: { ...facts.attributes } };
      const span: Span = tracer.startSpan(facts.name, options, parent);
      if (facts.failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(facts.endMs);
    },
    shutdown: () => sdk.shutdown(),
  };
}

/** The parts of a W3C `traceparent` as the ingress has written it; undefined for a request that is not sampled. */
export function sampledParent(traceparent: string): { readonly traceId: string; readonly spanId: string } | undefined {
  if (!traceparent.endsWith('-01')) return undefined;
  return { traceId: traceparent.slice(3, 35), spanId: traceparent.slice(36, 52) };
}
