import type { StageDecision } from '@sallyport/pipeline';
import { allow, deny, type Deny } from '@sallyport/verdict';
import type { AuthPolicy, RouteAuth } from './policy.js';
import { type CallerFacts, callerFacts, type Presented, type Principal } from './principal.js';

/** What gathering found: the answer of each alternative that was asked, in the policy's order. */
export interface AuthGathered {
  /** The route as auth itself matched it; -1 for none. */
  readonly routeIndex: number;
  readonly presented: readonly Presented[];
}

const anonymous = callerFacts({ consumer: '', credentialKind: '', credentialId: '', scopes: '', tokenExpiresAtS: 0 });

export type AuthDecision = Omit<StageDecision<CallerFacts>, 'next'>;

function refuse(verdict: Deny, principal?: Principal): AuthDecision {
  return principal === undefined ? { verdict } : { verdict, known: principal.facts };
}

/** Decides who the caller is and whether they may use the route. The first alternative that yields a principal counts. */
export function decide(
  request: { readonly routeIndex: number },
  policy: AuthPolicy,
  gathered: AuthGathered,
): AuthDecision {
  // The ingress matched the route first; a request on which the two disagree has been tampered with.
  if (gathered.routeIndex !== request.routeIndex) return refuse(deny('route_unmatched'));
  const route = policy.routes[gathered.routeIndex];
  if (route === undefined) return refuse(deny('route_unmatched'));
  if (route.kind === 'public') return { verdict: allow(anonymous) };

  let refusal: (Presented & { kind: 'refused' }) | undefined;
  for (const presented of gathered.presented) {
    if (presented.kind === 'principal') return authorize(route, presented.principal);
    if (presented.kind === 'refused') refusal ??= presented;
  }
  if (refusal === undefined) {
    return refuse(deny('credential_missing', { headers: { 'www-authenticate': route.challenge } }));
  }
  return refuse(
    deny(refusal.reason, {
      detail: refusal.detail,
      headers: { 'www-authenticate': withError(route.challenge, 'invalid_token', `error_description="${refusal.detail}"`) },
    }),
  );
}

function authorize(route: RouteAuth & { kind: 'any' }, principal: Principal): AuthDecision {
  if (!route.scopes.every((scope) => principal.scopes.has(scope))) return refuse(scopeMissing(route), principal);
  if (route.roles.length > 0 && !route.roles.some((role) => principal.roles.has(role))) {
    return refuse(deny('role_missing'), principal);
  }
  return { verdict: allow(principal.facts) };
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
