import type { PolicyDocument, RoutePolicy } from '@sallyport/policy';

/** A policy with these routes; each says only what differs from an open route without a contract. */
export function policyOf(routes: readonly Partial<RoutePolicy>[], documents: Readonly<Record<string, object>> = {}): PolicyDocument {
  return {
    version: 1,
    trustedProxies: [],
    issuers: {},
    plans: {},
    consumers: {},
    upstreams: { orders: { targets: [{ url: 'http://127.0.0.1:7001', weight: 1 }], timeoutMs: 5000 } },
    routes: routes.map((route, index) => ({
      id: `route-${index}`,
      match: { hosts: null, paths: ['/*'], methods: null },
      upstream: 'orders',
      auth: { kind: 'public' },
      limits: [],
      validate: { openapi: null, waf: 'off', maxBodyBytes: 1024 },
      onFailure: { quota: 'closed', validation: 'closed' },
      audit: 'async',
      forwardCredential: false,
      shadow: [],
      deprecated: null,
      ...route,
    })),
    documents: documents as PolicyDocument['documents'],
  };
}

/** The `validate` of a route with the contract of that digest. */
export function checkedBy(digest: string): RoutePolicy['validate'] {
  return { openapi: digest, waf: 'off', maxBodyBytes: 1024 };
}

/** An OpenAPI document with these paths and nothing else. */
export function documentOf(version: string, paths: unknown): { openapi: string } & Record<string, unknown> {
  return { openapi: version, info: { title: 'sample', version: '1' }, paths };
}
