import { absent, createPrincipal, type Presented, type Principal, refused } from '../principal.js';
import type { Revocations } from '../revocations.js';
import type { TokenFacts, TokenOutcome, TokenVerifier } from './verify-token.js';

/** Which tokens of an issuer are which consumer: claim, then value, then consumer. */
export type ConsumerByClaim = ReadonlyMap<string, ReadonlyMap<string | number | boolean, string>>;

export interface JwtAlternative {
  readonly kind: 'jwt';
  readonly issuer: string;
  readonly verifier: TokenVerifier;
  readonly consumers: ConsumerByClaim;
  readonly rolesOf: (consumer: string) => readonly string[];
  /** Principals made under this revision, by token. */
  readonly principals: WeakMap<TokenFacts, Principal>;
}

/** A bearer token that looks like a JWT; undefined for anything else. */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.length < 8) return undefined;
  if (authorization.charCodeAt(6) !== 32 || authorization.slice(0, 6).toLowerCase() !== 'bearer') return undefined;
  const token = authorization.slice(7).trimStart();
  return token === '' ? undefined : token;
}

/** Judges the token of an `authorization` field for one issuer, as of `nowMs`. */
export function presentToken(
  alternative: JwtAlternative,
  authorization: string | undefined,
  revocations: Revocations,
  nowMs: number,
): Presented | Promise<Presented> {
  const token = bearerToken(authorization);
  if (token === undefined) return absent;
  const outcome = alternative.verifier.verify(token, nowMs);
  if (outcome instanceof Promise) return outcome.then((settled) => judge(alternative, settled, revocations));
  return judge(alternative, outcome, revocations);
}

function judge(alternative: JwtAlternative, outcome: TokenOutcome, revocations: Revocations): Presented {
  if (outcome.kind === 'invalid') return refused('credential_invalid', 'The token is not valid for this resource.');
  if (outcome.kind === 'expired') return refused('credential_expired', 'The token has expired.');
  const { token } = outcome;
  if (revocations.coversToken(token.claims)) return refused('credential_revoked', 'The token has been revoked.');
  return { kind: 'principal', principal: principalOf(alternative, token) };
}

function principalOf(alternative: JwtAlternative, token: TokenFacts): Principal {
  const known = alternative.principals.get(token);
  if (known !== undefined) return known;
  const { claims } = token;
  const consumer = consumerOf(alternative.consumers, claims);
  const client = claims['azp'] ?? claims['client_id'];
  const principal = createPrincipal({
    consumer,
    credentialKind: 'jwt',
    credentialId: claims.sub ?? (typeof client === 'string' ? client : ''),
    scopes: token.scopes,
    roles: new Set([...token.roles, ...alternative.rolesOf(consumer)]),
    expiresAtS: token.expiresAtS,
  });
  alternative.principals.set(token, principal);
  return principal;
}

function consumerOf(consumers: ConsumerByClaim, claims: Readonly<Record<string, unknown>>): string {
  for (const [claim, byValue] of consumers) {
    const value = claims[claim];
    for (const one of Array.isArray(value) ? value : [value]) {
      const consumer = byValue.get(one as string);
      if (consumer !== undefined) return consumer;
    }
  }
  return '';
}
