/**
 * What a checked policy file says, normalized: plain JSON, every default filled in, durations in milliseconds, sizes in bytes,
 * names resolved, side files included. It is what a revision carries, so nothing in it needs I/O to be understood.
 */
export interface PolicyDocument {
  readonly version: 1;
  /** CIDR blocks (`10.0.0.0/8`, `::1/128`) whose forwarding headers count. */
  readonly trustedProxies: readonly string[];
  readonly issuers: Readonly<Record<string, IssuerPolicy>>;
  readonly plans: Readonly<Record<string, PlanPolicy>>;
  readonly consumers: Readonly<Record<string, ConsumerPolicy>>;
  readonly upstreams: Readonly<Record<string, UpstreamPolicy>>;
  readonly routes: readonly RoutePolicy[];
  /** OpenAPI documents with all external references bundled in, by the SHA-256 (hex) of their canonical JSON. */
  readonly documents: Readonly<Record<string, OpenApiDocument>>;
}

/** An OpenAPI 3.0 or 3.1 document as JSON; all its `$ref`s are local (`#/…`). */
export type OpenApiDocument = { readonly openapi: string } & Readonly<Record<string, unknown>>;

export interface IssuerPolicy {
  /** The exact value of the `iss` claim. */
  readonly issuer: string;
  readonly keySource: KeySource;
  /** Never empty: one of them must be in the token's `aud`. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly JwsAlgorithm[];
}

/** `discover`: the `jwks_uri` of the issuer's OpenID configuration. */
export type KeySource =
  | { readonly kind: 'discover' }
  | { readonly kind: 'uri'; readonly uri: string }
  | { readonly kind: 'inline'; readonly jwks: { readonly keys: readonly JsonWebKey[] } };

/** A public key (RFC 7517); private members are refused when the file is checked. */
export type JsonWebKey = { readonly kty: string } & Readonly<Record<string, unknown>>;

/** The asymmetric signature algorithms a policy may name. */
export const JWS_ALGORITHMS = [
  'ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA', 'Ed25519',
] as const;
export type JwsAlgorithm = (typeof JWS_ALGORITHMS)[number];

export interface PlanPolicy {
  readonly limits: readonly LimitPolicy[];
}

/** What a limit counts by. */
export type LimitSubject = 'consumer' | 'ip' | 'credential' | 'route';

export type LimitPolicy = RateLimitPolicy | QuotaLimitPolicy;

/** `permits` a `periodMs`, evenly spread (GCRA), `burst` of them at once. */
export interface RateLimitPolicy {
  readonly kind: 'rate';
  readonly permits: number;
  readonly periodMs: number;
  /** At least 1; `permits` unless the file says otherwise. */
  readonly burst: number;
  readonly per: LimitSubject;
}

/** `amount` in each calendar `period` (UTC; weeks begin on Monday). */
export interface QuotaLimitPolicy {
  readonly kind: 'quota';
  readonly amount: number;
  readonly period: QuotaPeriod;
  readonly per: LimitSubject;
}

export const QUOTA_PERIODS = ['second', 'minute', 'hour', 'day', 'week', 'month'] as const;
export type QuotaPeriod = (typeof QUOTA_PERIODS)[number];

export interface ConsumerPolicy {
  /** A key of `plans`; null: no limits besides those of the routes. */
  readonly plan: string | null;
  readonly roles: readonly string[];
  readonly keys: readonly ApiKeyPolicy[];
  readonly match: readonly TokenMatch[];
}

export interface ApiKeyPolicy {
  /** Unique in the whole file. */
  readonly id: string;
  /** SHA-256 of the key, 64 lower-case hex digits; unique in the whole file. */
  readonly sha256: string;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number | null;
}

/** A token of `issuer` whose top-level claim `claim` equals `equals` (or, where the claim is an array, contains it). */
export interface TokenMatch {
  readonly issuer: string;
  readonly claim: string;
  readonly equals: string | number | boolean;
}

export interface UpstreamPolicy {
  readonly targets: readonly TargetPolicy[];
  /** From sending the request until the answer's head. */
  readonly timeoutMs: number;
}

export interface TargetPolicy {
  /** An origin without a trailing slash: `http://127.0.0.1:7001`. */
  readonly url: string;
  /** 0 takes no traffic; at least one target of an upstream has more. */
  readonly weight: number;
}

export interface RoutePolicy {
  readonly id: string;
  readonly match: RouteMatchPolicy;
  /** A key of `upstreams`. */
  readonly upstream: string;
  readonly auth: RouteAuthPolicy;
  /** Besides those of the consumer's plan. */
  readonly limits: readonly LimitPolicy[];
  readonly validate: RouteValidationPolicy;
  readonly onFailure: { readonly quota: FailureMode; readonly validation: FailureMode };
  readonly audit: 'async' | 'strict';
  /** Whether the upstream sees the credential. */
  readonly forwardCredential: boolean;
  /** What is judged and recorded, but not enforced. */
  readonly shadow: readonly ShadowedCheck[];
  readonly deprecated: DeprecationPolicy | null;
}

export interface RouteMatchPolicy {
  /** Lower-case names, or `*.example.com`; null: any host. */
  readonly hosts: readonly string[] | null;
  /** Normalized patterns: `/orders/:id`, `/files/*`. */
  readonly paths: readonly string[];
  /** Upper-case; null: any method. */
  readonly methods: readonly string[] | null;
}

export type RouteAuthPolicy =
  | { readonly kind: 'public' }
  | {
      readonly kind: 'any';
      /** Never empty; any one of them suffices. */
      readonly alternatives: readonly AuthAlternative[];
      /** All of them are required. */
      readonly scopes: readonly string[];
      /** One of them is required; empty: none. */
      readonly roles: readonly string[];
    };

export type AuthAlternative =
  | { readonly kind: 'jwt'; readonly issuer: string }
  | { readonly kind: 'apiKey'; readonly in: 'header' | 'query' | 'cookie'; readonly name: string };

export interface RouteValidationPolicy {
  /** A key of `documents`; null: no contract. */
  readonly openapi: string | null;
  readonly waf: 'off';
  readonly maxBodyBytes: number;
}

export type FailureMode = 'open' | 'closed';
/** `limits`: the route's and the plan's limits; `schema`: the OpenAPI contract. */
export type ShadowedCheck = 'limits' | 'schema';

export interface DeprecationPolicy {
  readonly sinceMs: number;
  readonly sunsetMs: number | null;
}
