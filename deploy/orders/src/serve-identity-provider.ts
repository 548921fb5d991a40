import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import type { JWK } from 'jose';
import { type Configuration, errors, Provider } from 'oidc-provider';

import { DEMO_CLIENTS, DEMO_SCOPES, type DemoClientId, identityProviderDirectory, loadClientSecrets, writeTokenRequests } from './demo-clients.js';
import { ExpiringAdapter } from './expiring-adapter.js';
import { listenOnLoopback, type RunningService } from './listen-on-loopback.js';
import { loadSigningKeys } from './signing-keys.js';

const AUDIENCE = 'orders-api';
// What RFC 8707 calls the resource has to be a URI; the tokens say the audience.
const RESOURCE = `urn:sallyport:${AUDIENCE}`;
const ACCESS_TOKEN_TTL_S = 3600;

/**
 * Serves an OpenID provider on loopback that gives each demo client JWT access tokens (RFC 9068, ES256, audience `orders-api`)
 * against its secret. Keys and secrets live in `dataDir` and outlast a restart. Port 0 takes a free one.
 */
export async function serveIdentityProvider({ port, dataDir }: { readonly port: number; readonly dataDir: string }): Promise<RunningService> {
  const directory = identityProviderDirectory(dataDir);
  const [keys, secrets] = await Promise.all([loadSigningKeys(directory), loadClientSecrets(directory)]);

  const server = createServer({ keepAliveTimeout: 75_000 });
  const service = await listenOnLoopback(server, port);
  server.on('request', new Provider(service.url, configure(keys, secrets)).callback());
  await writeTokenRequests(directory, service.url, secrets);
  return service;
}

function configure(keys: readonly JWK[], secrets: Readonly<Record<DemoClientId, string>>): Configuration {
  return {
    adapter: () => new ExpiringAdapter(),
    clients: (Object.keys(DEMO_CLIENTS) as DemoClientId[]).map((clientId) => ({
      client_id: clientId,
      client_secret: secrets[clientId],
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope: DEMO_CLIENTS[clientId].join(' '),
      token_endpoint_auth_method: 'client_secret_basic',
    })),
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    jwks: { keys: [...keys] } as Configuration['jwks'],
    scopes: [...DEMO_SCOPES],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        getResourceServerInfo: (_context, resource) => {
          if (resource !== RESOURCE) throw new errors.InvalidTarget();
          return {
            audience: AUDIENCE,
            scope: DEMO_SCOPES.join(' '),
            accessTokenFormat: 'jwt',
            accessTokenTTL: ACCESS_TOKEN_TTL_S,
            jwt: { sign: { alg: 'ES256' } },
          };
        },
      },
    },
    ttl: { ClientCredentials: ACCESS_TOKEN_TTL_S },
  };
}
