import type { IssuerPolicy } from '@sallyport/policy';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { hash } from 'node:crypto';
import { KeysUnavailableError, type KeySet } from './key-set.js';

/** Clocks of issuer and gateway may differ by this much. */
const skewS = 5;
/** Verified tokens kept at once; the oldest goes first. */
const cacheCapacity = 50_000;
/** Media types of access tokens: RFC 9068 §2.1, and what issuers send that do not follow it. */
const acceptedTypes = new Set(['at+jwt', 'application/at+jwt', 'jwt', 'application/jwt']);

/** What is kept of a verified token; the token itself is not. */
export interface TokenFacts {
  readonly claims: Readonly<JWTPayload>;
  readonly scopes: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  readonly expiresAtS: number;
  readonly notBeforeS: number;
}

export type TokenOutcome =
  | { readonly kind: 'verified'; readonly token: TokenFacts }
  | { readonly kind: 'expired' }
  | { readonly kind: 'invalid' };

const invalid: TokenOutcome = { kind: 'invalid' };

/**
 * Verifies access tokens of one issuer (RFC 7519, RFC 8725, RFC 9068) and remembers the verified ones by their SHA-256.
 * Expiry is judged anew at every use; the signature once.
 */
export class TokenVerifier {
  readonly #policy: IssuerPolicy;
  readonly #keys: KeySet;
  readonly #cache = new Map<string, TokenFacts>();
  readonly #verifying = new Map<string, Promise<TokenOutcome>>();

  constructor(policy: IssuerPolicy, keys: KeySet) {
    this.#policy = policy;
    this.#keys = keys;
  }

  /** Throws `KeysUnavailableError` when the token can be judged neither right nor wrong. */
  verify(token: string, nowMs: number): TokenOutcome | Promise<TokenOutcome> {
    const digest = hash('sha256', token, 'base64');
    const cached = this.#cache.get(digest);
    if (cached !== undefined) return judgeTime(cached, nowMs);
    let verifying = this.#verifying.get(digest);
    if (verifying === undefined) {
      verifying = this.#verifyAnew(token, digest, nowMs).finally(() => this.#verifying.delete(digest));
      this.#verifying.set(digest, verifying);
    }
    return verifying;
  }

  async #verifyAnew(token: string, digest: string, nowMs: number): Promise<TokenOutcome> {
    const { issuer, audiences, algorithms } = this.#policy;
    try {
      const { payload, protectedHeader } = await jwtVerify(token, this.#keys.find, {
        issuer,
        audience: [...audiences],
        algorithms: [...algorithms],
        clockTolerance: skewS,
        currentDate: new Date(nowMs),
        requiredClaims: ['exp'],
      });
      if (protectedHeader.typ !== undefined && !acceptedTypes.has(protectedHeader.typ.toLowerCase())) return invalid;
      const facts = tokenFacts(payload);
      this.#remember(digest, facts);
      return { kind: 'verified', token: facts };
    } catch (error) {
      if (error instanceof KeysUnavailableError) throw error;
      if (error instanceof errors.JWTExpired) return { kind: 'expired' };
      if (error instanceof errors.JOSEError || error instanceof TypeError) return invalid;
      throw error;
    }
  }

  #remember(digest: string, facts: TokenFacts): void {
    if (this.#cache.size >= cacheCapacity) this.#cache.delete(this.#cache.keys().next().value!);
    this.#cache.set(digest, facts);
  }

  /** Forgets every verified token. */
  clear(): void {
    this.#cache.clear();
  }
}

function judgeTime(token: TokenFacts, nowMs: number): TokenOutcome {
  const nowS = nowMs / 1000;
  if (token.expiresAtS + skewS <= nowS) return { kind: 'expired' };
  if (token.notBeforeS - skewS > nowS) return invalid;
  return { kind: 'verified', token };
}

function tokenFacts(claims: JWTPayload): TokenFacts {
  return {
    claims,
    scopes: new Set([...words(claims['scope']), ...words(claims['scp'])]),
    roles: new Set(words(claims['roles'])),
    expiresAtS: claims.exp!,
    notBeforeS: claims.nbf ?? 0,
  };
}

/** A list, or words separated by spaces: issuers use both for scopes. */
function words(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((word) => word !== '');
  return Array.isArray(claim) ? claim.filter((word): word is string => typeof word === 'string') : [];
}
