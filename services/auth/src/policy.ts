import type { AuthAlternative, PolicyDocument, RouteAuthPolicy, RouteMatcher } from '@sallyport/policy';
import { compileRoutes } from '@sallyport/policy';
import type { ApiKeyAlternative, KeyRecord } from './api-key/present-key.js';
import type { JwtAlternative } from './jwt/present-token.js';
import type { TokenVerifier } from './jwt/verify-token.js';

export type Alternative = JwtAlternative | ApiKeyAlternative;

export type RouteAuth =
  | { readonly kind: 'public' }
  | {
      readonly kind: 'any';
      readonly alternatives: readonly Alternative[];
      readonly scopes: readonly string[];
      readonly roles: readonly string[];
      /** The challenge of a 401 (RFC 9110 §11.6.1), without an error. */
      readonly challenge: string;
    };

/** One revision as auth needs it. */
export interface AuthPolicy {
  readonly matcher: RouteMatcher;
  readonly routes: readonly RouteAuth[];
}

const noRoles: ReadonlySet<string> = new Set();

/** Compiles a revision. `verifierOf` yields the verifier of an issuer, which outlives revisions while its entry is unchanged. */
export function compileAuthPolicy(
  document: PolicyDocument,
  verifierOf: (issuer: PolicyDocument['issuers'][string]) => TokenVerifier,
): AuthPolicy {
  const keys = policyKeys(document);
  const roles = new Map(Object.entries(document.consumers).map(([id, consumer]) => [id, new Set(consumer.roles)]));
  const compileAlternative = (alternative: AuthAlternative): Alternative => {
    if (alternative.kind === 'apiKey') {
      return {
        ...alternative,
        keys,
        rolesOf: (consumer) => roles.get(consumer) ?? noRoles,
        hasConsumer: (consumer) => roles.has(consumer),
        principals: new Map(),
      };
    }
    const issuer = document.issuers[alternative.issuer];
    if (issuer === undefined) throw new Error(`issuer ${alternative.issuer} is not in the policy`);
    return {
      kind: 'jwt',
      issuer: alternative.issuer,
      verifier: verifierOf(issuer),
      consumers: consumersByClaim(document, alternative.issuer),
      rolesOf: (consumer) => [...(roles.get(consumer) ?? noRoles)],
      principals: new WeakMap(),
    };
  };
  // Routes that say the same share one compiled form, and so the principals made for it.
  const compiled = new Map<string, Alternative>();
  const alternativeFor = (alternative: AuthAlternative): Alternative => {
    const id = JSON.stringify(alternative);
    const known = compiled.get(id) ?? compileAlternative(alternative);
    compiled.set(id, known);
    return known;
  };
  return {
    matcher: compileRoutes(document),
    routes: document.routes.map((route) => compileRouteAuth(route.auth, alternativeFor)),
  };
}

function compileRouteAuth(auth: RouteAuthPolicy, alternativeFor: (a: AuthAlternative) => Alternative): RouteAuth {
  if (auth.kind === 'public') return { kind: 'public' };
  return {
    kind: 'any',
    alternatives: auth.alternatives.map(alternativeFor),
    scopes: auth.scopes,
    roles: auth.roles,
    challenge: [...new Set(auth.alternatives.map(challengeOf))].join(', '),
  };
}

function challengeOf(alternative: AuthAlternative): string {
  if (alternative.kind === 'jwt') return 'Bearer realm="sallyport"';
  return `ApiKey realm="sallyport", in="${alternative.in}", name="${alternative.name}"`;
}

function policyKeys(document: PolicyDocument): ReadonlyMap<string, KeyRecord> {
  const keys = new Map<string, KeyRecord>();
  for (const [consumer, { keys: consumerKeys }] of Object.entries(document.consumers)) {
    for (const { id, sha256, scopes, expiresAtMs } of consumerKeys) {
      keys.set(sha256, { id, consumer, scopes: new Set(scopes), expiresAtMs, revoked: false });
    }
  }
  return keys;
}

function consumersByClaim(document: PolicyDocument, issuer: string): JwtAlternative['consumers'] {
  const byClaim = new Map<string, Map<string | number | boolean, string>>();
  for (const [consumer, { match }] of Object.entries(document.consumers)) {
    for (const { issuer: matchIssuer, claim, equals } of match) {
      if (matchIssuer !== issuer) continue;
      const byValue = byClaim.get(claim) ?? new Map<string | number | boolean, string>();
      byClaim.set(claim, byValue.set(equals, consumer));
    }
  }
  return byClaim;
}
