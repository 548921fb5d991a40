import type { AuthFacts } from '@sallyport/envelope';
import { allow, deny, type Deny, type Verdict } from '@sallyport/verdict';
import type { AuthPolicy, RouteAuth } from './policy.js';
import type { Presented, Principal } from './principal.js';

/** What gathering found: the answer of each alternative that was asked, in the policy's order. */
export interface AuthGathered {
  /** The route as auth itself matched it; -1 for none. */
  readonly routeIndex: number;
  readonly presented: readonly Presented[];
}

const anonymous: AuthFacts = { consumer: '', credentialKind: '', credentialId: '', scopes: '', tokenExpiresAtS: 0 };

/** Decides who the caller is and whether they may use the route. The first alternative that yields a principal counts. */
export function decide(
  request: { readonly routeIndex: number },
  policy: AuthPolicy,
  gathered: AuthGathered,
): Verdict<AuthFacts> {
  // The ingress matched the route first; a request on which the two disagree has been tampered with.
  if (gathered.routeIndex !== request.routeIndex) return deny('route_unmatched');
  const route = policy.routes[gathered.routeIndex];
  if (route === undefined) return deny('route_unmatched');
  if (route.kind === 'public') return allow(anonymous);

  let refusal: (Presented & { kind: 'refused' }) | undefined;
  for (const presented of gathered.presented) {
    if (presented.kind === 'principal') return authorize(route, presented.principal);
    if (presented.kind === 'refused') refusal ??= presented;
  }
  if (refusal === undefined) {
    return deny('credential_missing', { headers: { 'www-authenticate': route.challenge } });
  }
  return deny(refusal.reason, {
    detail: refusal.detail,
    headers: { 'www-authenticate': withError(route.challenge, 'invalid_token', `error_description="${refusal.detail}"`) },
  });
}

function authorize(route: RouteAuth & { kind: 'any' }, principal: Principal): Verdict<AuthFacts> {
  if (!route.scopes.every((scope) => principal.scopes.has(scope))) return scopeMissing(route);
  if (route.roles.length > 0 && !route.roles.some((role) => principal.roles.has(role))) return deny('role_missing');
  return allow(principal.facts);
}

function scopeMissing(route: RouteAuth & { kind: 'any' }): Deny {
  const scope = route.scopes.join(' ');
  return deny('scope_missing', {
    detail: `This needs the scope ${scope}.`,
    headers: { 'www-authenticate': withError(route.challenge, 'insufficient_scope', `scope="${scope}"`) },
  });
}

/** Adds the error of RFC 6750 §3 to the Bearer challenge; other schemes have none. */
function withError(challenge: string, error: string, parameter: string): string {
  return challenge.replace('Bearer realm="sallyport"', `Bearer realm="sallyport", error="${error}", ${parameter}`);
}
