import { normalizePath } from '@sallyport/policy';
import { deny, type Deny } from '@sallyport/verdict';
import type { IngressPolicy, IngressRoute } from './policy.js';

export interface Admitted {
  readonly route: IngressRoute;
  readonly pathTemplate: string;
  readonly objectIds: Readonly<Record<string, string>>;
  /** Normalized; what is judged is what is forwarded. */
  readonly path: string;
  readonly query: string;
}

export interface Arrival {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  /** -1 for a chunked body. */
  readonly contentLength: number;
}

/** Finds the route of a request and refuses what needs no stage to be refused. Pure. */
export function admitRequest(policy: IngressPolicy, arrival: Arrival): Admitted | Deny {
  const normal = normalizePath(arrival.target);
  if (normal === null) return deny('malformed_request', { detail: 'The request target is not a valid path.' });
  const match = policy.matcher.match(arrival.host, arrival.method, normal.path);
  if (match.kind === 'unmatched') return deny('route_unmatched');
  if (match.kind === 'method_not_allowed') {
    const allow = match.allow.join(', ');
    return deny('method_not_allowed', { detail: `This resource allows ${allow}.`, headers: { allow } });
  }
  const route = policy.routes[match.routeIndex]!;
  if (arrival.contentLength > route.maxBodyBytes) return bodyTooLarge(route);
  return { route, pathTemplate: match.template, objectIds: match.params, path: normal.path, query: normal.query };
}

export function bodyTooLarge(route: IngressRoute): Deny {
  return deny('body_too_large', { detail: `The body may have ${route.maxBodyBytes} bytes.` });
}
