import type { PolicyDocument, RoutePolicy } from '@sallyport/policy';

/** A route without limits, contract or authentication. */
export function sampleRoute(id: string, over: Partial<RoutePolicy> = {}): RoutePolicy {
  return {
    id,
    match: { hosts: null, paths: [`/${id}`], methods: null },
    upstream: 'orders',
    auth: { kind: 'public' },
    limits: [],
    validate: { openapi: null, waf: 'off', maxBodyBytes: 1_048_576 },
    onFailure: { quota: 'closed', validation: 'closed' },
    audit: 'async',
    forwardCredential: false,
    shadow: [],
    deprecated: null,
    ...over,
  };
}

/** A document with one consumer, one upstream and the given routes. */
export function sampleDocument(...routes: readonly RoutePolicy[]): PolicyDocument {
  return {
    version: 1,
    trustedProxies: [],
    issuers: {},
    plans: { gold: { limits: [{ kind: 'rate', permits: 50, periodMs: 1000, burst: 100, per: 'consumer' }] } },
    consumers: { acme: { plan: 'gold', roles: ['partner'], keys: [{ id: 'k1', sha256: 'a'.repeat(64), scopes: [], expiresAtMs: null }], match: [] } },
    upstreams: { orders: { targets: [{ url: 'http://127.0.0.1:7001', weight: 1 }], timeoutMs: 5000 } },
    routes,
    documents: {},
  };
}
