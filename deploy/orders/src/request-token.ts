import { type DemoClientId, identityProviderDirectory, loadClientSecrets } from './demo-clients.js';

export interface TokenRequest {
  readonly issuer: string;
  readonly dataDir: string;
  readonly clientId: DemoClientId;
  /** Separated by spaces. */
  readonly scope: string;
}

/** An access token from the demo's identity provider (client credentials grant, RFC 6749 §4.4); throws where it refuses. */
export async function requestToken({ issuer, dataDir, clientId, scope }: TokenRequest): Promise<string> {
  const secrets = await loadClientSecrets(identityProviderDirectory(dataDir));
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secrets[clientId]}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
  });
  const answer = (await response.json()) as { access_token?: string; error?: string; error_description?: string };
  if (answer.access_token !== undefined) return answer.access_token;
  throw new Error(`the identity provider refused a token: ${answer.error ?? response.status} ${answer.error_description ?? ''}`.trim());
}
