import { problemTable, type Reason } from '@sallyport/verdict';
import { type CloudEvent, frameEvent } from './cloud-event.js';
import { ocsfBase, ocsfClasses, type Severity } from './ocsf.js';

export interface DenialEventFacts {
  readonly stage: string;
  readonly instance: string;
  /** `deny`: refused. `shadow`: would have been refused. `open`: passed although the stage failed. */
  readonly mode: 'deny' | 'shadow' | 'open';
  readonly reason: Reason;
  readonly detail: string;
  readonly route: string;
  readonly requestId: string;
  readonly traceparent: string;
  readonly revision: number;
  readonly timeMs: number;
  readonly method: string;
  readonly host: string;
  /** Without the query, which may hold what must not be written down. */
  readonly path: string;
  readonly clientIp: string;
  readonly consumer: string;
  readonly credentialKind: string;
  readonly credentialId: string;
}

const severityOfReason: Readonly<Record<Reason, Severity>> = {
  malformed_request: 'medium',
  schema_violation: 'low',
  credential_missing: 'low',
  credential_invalid: 'medium',
  credential_expired: 'low',
  credential_revoked: 'high',
  scope_missing: 'medium',
  role_missing: 'medium',
  rule_denied: 'medium',
  ip_denied: 'medium',
  attack_detected: 'high',
  route_unmatched: 'low',
  method_not_allowed: 'low',
  body_too_large: 'low',
  media_type_unsupported: 'low',
  headers_too_large: 'low',
  rate_exceeded: 'low',
  quota_exceeded: 'low',
  client_blocked: 'medium',
  client_closed: 'informational',
  interrupted: 'medium',
  upstream_failed: 'medium',
  upstream_timeout: 'medium',
  stage_unavailable: 'high',
  overloaded: 'high',
  policy_unavailable: 'high',
};

/** OCSF activity of an HTTP request (class 4002), by method. */
const httpActivities: Readonly<Record<string, number>> = {
  CONNECT: 1,
  DELETE: 2,
  GET: 3,
  HEAD: 4,
  OPTIONS: 5,
  POST: 6,
  PUT: 7,
  TRACE: 8,
  PATCH: 9,
};
const otherActivity = 99;
const logon = 1;

const outcomes = {
  deny: { action_id: 2, action: 'Denied', disposition_id: 2, disposition: 'Blocked', status_id: 2, status: 'Failure' },
  shadow: { action_id: 3, action: 'Observed', disposition_id: 15, disposition: 'Detected', status_id: 1, status: 'Success' },
  open: { action_id: 1, action: 'Allowed', disposition_id: 1, disposition: 'Allowed', status_id: 1, status: 'Success' },
} as const;

/** The event of a denial: Authentication (3002) for what is wrong with a credential, HTTP Activity (4002) otherwise. */
export function buildDenialEvent(facts: DenialEventFacts): CloudEvent {
  const { status } = problemTable[facts.reason];
  const data = {
    ...(status === 401 ? authentication(facts) : httpActivity(facts)),
    ...outcomes[facts.mode],
    status_code: facts.reason,
    ...(facts.detail === '' ? {} : { status_detail: facts.detail }),
    src_endpoint: { ip: facts.clientIp },
    http_request: {
      uid: facts.requestId,
      http_method: facts.method,
      url: { hostname: facts.host, path: facts.path },
    },
    http_response: { code: status },
    policy: { name: 'sallyport', uid: String(facts.revision), version: String(facts.revision) },
    unmapped: {
      stage: facts.stage,
      mode: facts.mode,
      reason: facts.reason,
      route: facts.route,
      request_id: facts.requestId,
      revision: facts.revision,
      consumer: facts.consumer,
      credential_kind: facts.credentialKind,
      credential_id: facts.credentialId,
    },
  };
  return frameEvent({ ...facts }, data);
}

function authentication(facts: DenialEventFacts): Record<string, unknown> {
  return {
    ...ocsfBase(ocsfClasses.authentication, logon, severityOfReason[facts.reason], facts.timeMs, facts.requestId),
    user: { name: facts.consumer === '' ? 'unknown' : facts.consumer },
    service: { name: facts.route },
    is_remote: true,
  };
}

function httpActivity(facts: DenialEventFacts): Record<string, unknown> {
  const activity = httpActivities[facts.method] ?? otherActivity;
  return ocsfBase(ocsfClasses.httpActivity, activity, severityOfReason[facts.reason], facts.timeMs, facts.requestId);
}
