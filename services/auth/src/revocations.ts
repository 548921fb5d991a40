import type { Revocation } from '@sallyport/policy';

/** What has been revoked, as the control log has it; outside revisions, so always current. */
export class Revocations {
  readonly #tokenIds = new Set<string>();
  readonly #keys = new Set<string>();
  /** Subject → the time, in seconds, up to which its tokens were issued in vain. */
  readonly #subjects = new Map<string, number>();

  accept(revocation: Revocation): void {
    if (revocation.kind === 'token-id') this.#tokenIds.add(revocation.value);
    else if (revocation.kind === 'key') this.#keys.add(revocation.value);
    else this.#subjects.set(revocation.value, Math.ceil(revocation.revokedAtMs / 1000));
  }

  /** A token without `iat` of a revoked subject counts as issued before. */
  coversToken(claims: { readonly jti?: string; readonly sub?: string; readonly iat?: number }): boolean {
    if (claims.jti !== undefined && this.#tokenIds.has(claims.jti)) return true;
    if (claims.sub === undefined || this.#subjects.size === 0) return false;
    const revokedAtS = this.#subjects.get(claims.sub);
    return revokedAtS !== undefined && (claims.iat ?? 0) <= revokedAtS;
  }

  coversKey(id: string): boolean {
    return this.#keys.has(id);
  }
}
