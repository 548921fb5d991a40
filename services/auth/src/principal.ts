import { type AuthFacts, encodeAuthFacts } from '@sallyport/envelope';

/** Who a valid credential belongs to, and what it may do. */
export interface Principal {
  readonly scopes: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  /** What goes on the wire about it; made once, as most requests bring a principal that was seen before. */
  readonly facts: CallerFacts;
}

/** The facts, and what they are on the wire. */
export interface CallerFacts extends AuthFacts {
  readonly encoded: Uint8Array;
}

export function callerFacts(facts: AuthFacts): CallerFacts {
  return { ...facts, encoded: encodeAuthFacts(facts) };
}

export interface PrincipalFields {
  readonly consumer: string;
  readonly credentialKind: 'jwt' | 'apiKey';
  readonly credentialId: string;
  readonly scopes: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  /** Seconds since 1970; 0 for a credential that does not expire. */
  readonly expiresAtS: number;
}

export function createPrincipal(fields: PrincipalFields): Principal {
  const { consumer, credentialKind, credentialId, scopes, roles, expiresAtS } = fields;
  const facts = callerFacts({
    consumer,
    credentialKind,
    credentialId,
    scopes: [...scopes].join(' '),
    tokenExpiresAtS: expiresAtS,
  });
  return { scopes, roles, facts };
}

/**
 * What came of one alternative of a route. `absent`: the request carries nothing of this kind, or something that is
 * plainly not meant for it, so that the next alternative is asked.
 */
export type Presented =
  | { readonly kind: 'absent' }
  | { readonly kind: 'principal'; readonly principal: Principal }
  | {
      readonly kind: 'refused';
      readonly reason: 'credential_invalid' | 'credential_expired' | 'credential_revoked';
      /** For the caller: a registered error description, never a part of the credential. */
      readonly detail: string;
    };

export const absent: Presented = { kind: 'absent' };

export function refused(reason: (Presented & { kind: 'refused' })['reason'], detail: string): Presented {
  return { kind: 'refused', reason, detail };
}
