import type { Reason } from './reasons.js';

/** What the caller is told. `title` is fixed per reason; nothing of the request is echoed in it. */
export interface ProblemRow {
  readonly status: number;
  readonly title: string;
}

/** The one place where a reason gets its HTTP status (RFC 9110) and problem title (RFC 9457). */
export const problemTable: Readonly<Record<Reason, ProblemRow>> = {
  malformed_request: { status: 400, title: 'The request is malformed' },
  schema_violation: { status: 400, title: 'The request does not match the contract of the API' },
  credential_missing: { status: 401, title: 'A credential is required' },
  credential_invalid: { status: 401, title: 'The credential is not valid' },
  credential_expired: { status: 401, title: 'The credential has expired' },
  credential_revoked: { status: 401, title: 'The credential has been revoked' },
  scope_missing: { status: 403, title: 'The credential lacks a required scope' },
  role_missing: { status: 403, title: 'The caller lacks a required role' },
  rule_denied: { status: 403, title: 'An access rule denies the request' },
  ip_denied: { status: 403, title: 'The client address is not admitted' },
  attack_detected: { status: 403, title: 'The request was refused' },
  route_unmatched: { status: 404, title: 'No such resource' },
  method_not_allowed: { status: 405, title: 'The method is not allowed on this resource' },
  body_too_large: { status: 413, title: 'The request body is too large' },
  media_type_unsupported: { status: 415, title: 'The media type is not supported' },
  headers_too_large: { status: 431, title: 'The request header fields are too large' },
  rate_exceeded: { status: 429, title: 'Too many requests' },
  quota_exceeded: { status: 429, title: 'The quota is used up' },
  client_blocked: { status: 429, title: 'The client is blocked for now' },
  client_closed: { status: 499, title: 'The client closed the connection' },
  interrupted: { status: 499, title: 'The request was interrupted' },
  upstream_failed: { status: 502, title: 'The service behind the gateway failed' },
  upstream_timeout: { status: 504, title: 'The service behind the gateway did not answer in time' },
  stage_unavailable: { status: 503, title: 'The gateway cannot check the request right now' },
  overloaded: { status: 503, title: 'The gateway is overloaded' },
  policy_unavailable: { status: 503, title: 'The gateway has no policy for the request right now' },
};
