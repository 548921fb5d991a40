/** Who a valid credential belongs to, and what it may do. */
export interface Principal {
  /** Empty where the credential belongs to no consumer of the policy. */
  readonly consumer: string;
  readonly credentialKind: 'jwt' | 'apiKey' | '';
  /** Names the credential without being one: a key id, or the token's subject or client. */
  readonly credentialId: string;
  readonly scopes: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  /** Seconds since 1970; 0 for a credential that does not expire. */
  readonly expiresAtS: number;
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
