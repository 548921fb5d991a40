/** A policy file with one route that asks for `scope`. It takes `TARGET` from the environment. */
export function samplePolicy(scope: string): string {
  return `version: 1
plans:
  gold: { limits: [ { rate: 50/s, burst: 100 } ] }
consumers:
  acme: { plan: gold, roles: [partner] }
upstreams:
  orders: { targets: [ { url: "\${TARGET}", weight: 1 } ] }
routes:
  - id: orders
    match: { path: /orders }
    upstream: orders
    auth: { any: [ { apiKey: { header: x-api-key } } ], scopes: [${scope}] }
`;
}
