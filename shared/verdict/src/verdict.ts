import type { Reason } from './reasons.js';

/** One stage lets the request pass and states what it found. */
export interface Allow<Facts> {
  readonly kind: 'allow';
  readonly facts: Facts;
}

/** One stage refuses the request. A denial is a value; an exception is a fault. */
export interface Deny {
  readonly kind: 'deny';
  readonly reason: Reason;
  /** For the caller: says what to mend, never echoes a value of the request and never names internals. */
  readonly detail?: string;
  /** Further response fields, such as `www-authenticate`, `allow` or `ratelimit`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whole seconds until another try makes sense; becomes `Retry-After`. */
  readonly retryAfterS?: number;
}

export type Verdict<Facts> = Allow<Facts> | Deny;

export function allow<Facts>(facts: Facts): Allow<Facts> {
  return { kind: 'allow', facts };
}

export function deny(reason: Reason, more: Omit<Deny, 'kind' | 'reason'> = {}): Deny {
  return { kind: 'deny', reason, ...more };
}
