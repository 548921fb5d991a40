/**
 * The closed list of reasons for which the gateway itself answers a request. One name serves as verdict, metric label,
 * ClickHouse value, problem type and heading in `docs/failure-modes.md`.
 */
export const reasons = [
  'malformed_request',
  'schema_violation',
  'credential_missing',
  'credential_invalid',
  'credential_expired',
  'credential_revoked',
  'scope_missing',
  'role_missing',
  'rule_denied',
  'ip_denied',
  'attack_detected',
  'route_unmatched',
  'method_not_allowed',
  'body_too_large',
  'media_type_unsupported',
  'headers_too_large',
  'rate_exceeded',
  'quota_exceeded',
  'client_blocked',
  'client_closed',
  'interrupted',
  'upstream_failed',
  'upstream_timeout',
  'stage_unavailable',
  'overloaded',
  'policy_unavailable',
] as const;

export type Reason = (typeof reasons)[number];

const known: ReadonlySet<string> = new Set(reasons);

/** Whether a string from outside (an envelope, a row) is one of the reasons. */
export function isReason(value: string): value is Reason {
  return known.has(value);
}
