import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { audience, consumerIds, type Credentials, issuer } from '../mint-tokens.js';

/** Writes the policy, its key set and its OpenAPI document into `directory`; returns the policy's path. JSON is YAML. */
export function writePolicy(directory: string, upstreamUrl: string, jwks: Credentials['jwks']): string {
  const policyFile = join(directory, 'policy.yaml');
  writeJson(join(directory, 'jwks.json'), jwks);
  writeJson(join(directory, 'orders.openapi.json'), openapi);
  writeJson(policyFile, {
    version: 1,
    issuers: { bench: { issuer, jwksFile: './jwks.json', audiences: [audience], algorithms: ['ES256'] } },
    plans: { bench: { limits: [{ rate: '1000000/s' }] } },
    consumers: Object.fromEntries(
      consumerIds.map((id) => [id, { plan: 'bench', match: { issuer: 'bench', claim: 'azp', equals: id } }]),
    ),
    upstreams: { orders: { targets: [{ url: upstreamUrl }], timeout: '5s' } },
    routes: [
      {
        id: 'orders',
        match: { path: '/orders/:id', methods: ['GET'] },
        upstream: 'orders',
        auth: { any: [{ jwt: 'bench' }], scopes: ['orders:read'] },
        validate: { openapi: './orders.openapi.json', waf: 'off' },
      },
    ],
  });
  return policyFile;
}

const openapi = {
  openapi: '3.1.0',
  info: { title: 'Orders', version: '1.0.0' },
  paths: {
    '/orders/{id}': {
      get: {
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'integer', minimum: 1 } },
          { name: 'expand', in: 'query', schema: { type: 'string', enum: ['items', 'customer'] } },
        ],
        responses: { 200: { description: 'The order.' } },
      },
    },
  },
};

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, JSON.stringify(value, null, 2));
}
