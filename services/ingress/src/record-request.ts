import { readAuth, readPassage, readRouting, readValidation, type Sections } from '@sallyport/envelope';
import type { Reason } from '@sallyport/verdict';
import type { InFlight } from './in-flight.js';
import { encodeRequestRow, type RequestRow } from '@sallyport/warehouse-schema';

/** What the ingress itself knows of a request when it is over. */
export interface RequestOutcome {
  readonly receivedAtMs: number;
  readonly requestId: string;
  readonly traceId: string;
  readonly revision: number;
  readonly ingress: string;
  readonly route: string;
  readonly method: string;
  readonly pathTemplate: string;
  readonly objectIds: Readonly<Record<string, string>>;
  readonly clientIp: string;
  readonly tls: boolean;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly totalUs: number;
  readonly status: number;
  readonly decision: 'allow' | 'deny';
  readonly stage: string;
  readonly reason: Reason | '';
  /** Microseconds the denying stage spent; its own section is not written. */
  readonly denialUs: number;
}

const none: readonly string[] = [];

/** The one row of a request: what the ingress knows, and what the stages said in their sections. */
export function encodeRecord(outcome: RequestOutcome, sections: Sections | undefined): string {
  const auth = sections?.has('auth') ? readAuth(sections) : undefined;
  const quota = sections?.has('quota') ? readPassage(sections, 'quota') : undefined;
  const validation = sections?.has('validation') ? readValidation(sections) : undefined;
  const routing = sections?.has('routing') ? readRouting(sections) : undefined;
  const elapsedUs = (stage: string, section: { readonly elapsedUs: number } | undefined) =>
    section?.elapsedUs ?? (outcome.stage === stage ? outcome.denialUs : 0);
  const row: RequestRow = {
    ts: outcome.receivedAtMs,
    request_id: outcome.requestId,
    trace_id: outcome.traceId,
    revision: outcome.revision,
    ingress: outcome.ingress,
    route: outcome.route,
    method: outcome.method,
    path_template: validation?.pathTemplate || outcome.pathTemplate,
    status: outcome.status,
    decision: outcome.decision,
    stage: outcome.stage,
    reason: outcome.reason,
    consumer: auth?.consumer ?? '',
    credential_kind: auth?.credentialKind ?? '',
    credential_id: auth?.credentialId ?? '',
    client_ip: outcome.clientIp,
    tls: outcome.tls ? 'TLS' : '',
    bytes_in: outcome.bytesIn,
    bytes_out: outcome.bytesOut,
    total_us: outcome.totalUs,
    auth_us: elapsedUs('auth', auth),
    quota_us: elapsedUs('quota', quota),
    validation_us: elapsedUs('validation', validation),
    routing_us: elapsedUs('routing', routing),
    upstream: routing?.upstream ?? '',
    upstream_us: routing?.upstreamUs ?? 0,
    upstream_status: routing?.upstreamStatus ?? 0,
    object_ids: outcome.objectIds,
    token_expires_at: auth === undefined || auth.tokenExpiresAtS === 0 ? null : auth.tokenExpiresAtS,
    waf_score: 0,
    waf_rules: [],
    shadow: listed(quota?.shadowReason, validation?.shadowReason),
    open_failures: listed(quota?.failedOpen ? 'quota' : '', validation?.failedOpen ? 'validation' : ''),
  };
  return encodeRequestRow(row);
}

function listed(...values: (string | undefined)[]): readonly string[] {
  return values[0] || values[1] ? values.filter((value): value is string => !!value) : none;
}

export type RequestEnd = Pick<RequestOutcome, 'status' | 'decision' | 'stage' | 'reason'> & { readonly denialUs?: number };

/** The outcome of a request that had a route, as of now. */
export function outcomeOf(request: InFlight, ingress: string, end: RequestEnd): RequestOutcome {
  return {
    receivedAtMs: request.receivedAtMs,
    requestId: request.requestId,
    traceId: request.traceId,
    revision: request.revision,
    ingress,
    route: request.route.id,
    method: request.exchange.method,
    pathTemplate: request.pathTemplate,
    objectIds: request.objectIds,
    clientIp: request.clientIp,
    tls: request.exchange.tls,
    bytesIn: request.body?.receivedBytes ?? 0,
    bytesOut: request.bytesOut,
    totalUs: (performance.now() - request.startedAt) * 1000,
    status: end.status,
    decision: end.decision,
    stage: end.stage,
    reason: end.reason,
    denialUs: end.denialUs ?? 0,
  };
}
