/** A kind of request that the load is made of, and how the gateway answers it while all is well. */
export interface Kind {
  readonly path: string;
  readonly keyed: boolean;
  readonly status: number;
  /** Whether it has passed every check, so that the upstream may see it. */
  readonly entitled: boolean;
  /** Whether its route is under `audit: strict`. */
  readonly strict: boolean;
}

const kind = (path: string, status: number, more: Partial<Kind> = {}): Kind => ({
  path,
  status,
  keyed: false,
  entitled: status === 200,
  strict: false,
  ...more,
});

/** One kind that passes and one that is refused for every check there is. */
export const mixedKinds: readonly Kind[] = [
  kind('/open', 200),
  kind('/keyed', 200, { keyed: true }),
  kind('/keyed?without', 401),
  kind('/forbidden', 403, { keyed: true }),
  kind('/spent', 429),
  kind('/checked?q=1', 200),
  kind('/checked?q=x', 400),
  kind('/strict', 200, { strict: true }),
];

/** Strictly audited and never answered by the upstream: always some of it is on its way. */
export const unansweredKind = kind('/slow', 504, { entitled: true, strict: true });

/** Routes whose counters lie with different owners, each good for `meteredQuota` requests. */
export const meteredKinds: readonly Kind[] = Array.from({ length: 8 }, (_, i) => kind(`/metered/${i}`, 200));
export const meteredQuota = 150;

export const timeoutMs = 1_000;

export const contract = `
openapi: 3.1.0
info: { title: checked, version: '1' }
paths:
  /checked: { get: { parameters: [ { name: q, in: query, required: true, schema: { type: integer } } ] } }
`;

export const policy = (upstreamUrl: string): string => `
version: 1
consumers: { acme: {} }
upstreams: { up: { targets: [ { url: '${upstreamUrl}' } ], timeout: ${timeoutMs / 1_000}s } }
routes:
  - { id: open, match: { path: /open }, upstream: up, auth: public }
  - { id: keyed, match: { path: /keyed }, upstream: up, auth: { any: [ { apiKey: { header: x-api-key } } ], scopes: [read] } }
  - { id: forbidden, match: { path: /forbidden }, upstream: up, auth: { any: [ { apiKey: { header: x-api-key } } ], scopes: [admin] } }
  - { id: spent, match: { path: /spent }, upstream: up, auth: public, limits: [ { quota: 1/month, per: route } ] }
  - { id: checked, match: { path: /checked }, upstream: up, auth: public, validate: { openapi: ./contract.yaml } }
  - { id: strict, match: { path: /strict }, upstream: up, auth: public, audit: strict }
  - { id: unanswered, match: { path: /slow }, upstream: up, auth: public, audit: strict }
${meteredKinds.map(({ path }, i) => `  - { id: metered${i}, match: { path: ${path} }, upstream: up, auth: public, limits: [ { quota: ${meteredQuota}/month, per: route } ] }`).join('\n')}
`;
