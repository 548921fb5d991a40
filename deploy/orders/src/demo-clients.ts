import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { readPrivateJson, writePrivateFile } from './private-file.js';

/** The applications that the demo's identity provider knows, and what each may ask for. */
export const DEMO_CLIENTS = {
  'acme-app': ['orders:read', 'orders:write'],
  'globex-app': ['orders:read'],
} as const;
export type DemoClientId = keyof typeof DEMO_CLIENTS;

export const DEMO_SCOPES = ['orders:read', 'orders:write'] as const;

/** Where `dataDir` keeps what belongs to the identity provider: its keys, and the clients' secrets. */
export function identityProviderDirectory(dataDir: string): string {
  return join(dataDir, 'identity-provider');
}

/** Each client's secret: that of the last start, or a new one of 256 bits. */
export async function loadClientSecrets(directory: string): Promise<Readonly<Record<DemoClientId, string>>> {
  const path = join(directory, 'clients.json');
  const stored = ((await readPrivateJson(path)) ?? {}) as Partial<Record<DemoClientId, unknown>>;
  let anyNew = false;
  const secretOf = (clientId: DemoClientId): string => {
    const secret = stored[clientId];
    if (typeof secret === 'string' && secret !== '') return secret;
    anyNew = true;
    return randomBytes(32).toString('base64url');
  };
  const secrets = { 'acme-app': secretOf('acme-app'), 'globex-app': secretOf('globex-app') };
  if (anyNew) await writePrivateFile(path, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

/**
 * Leaves for each client a file that makes curl ask for a token with all scopes the client may have,
 * so that no secret has to be shown on a terminal or in a process list.
 */
export async function writeTokenRequests(directory: string, issuer: string, secrets: Readonly<Record<DemoClientId, string>>): Promise<void> {
  for (const [clientId, scopes] of Object.entries(DEMO_CLIENTS) as [DemoClientId, readonly string[]][]) {
    const lines = [
      `url = "${issuer}/token"`,
      `user = "${clientId}:${secrets[clientId]}"`,
      'data = "grant_type=client_credentials"',
      `data-urlencode = "scope=${scopes.join(' ')}"`,
      'silent',
      'show-error',
      'fail',
    ];
    await writePrivateFile(tokenRequestPath(directory, clientId), `${lines.join('\n')}\n`);
  }
}

function tokenRequestPath(directory: string, clientId: DemoClientId): string {
  return join(directory, `${clientId}.curl`);
}

/** A shell command that prints a fresh access token of this client, once the identity provider runs. */
export function tokenCommand(dataDir: string, clientId: DemoClientId): string {
  const path = tokenRequestPath(identityProviderDirectory(dataDir), clientId);
  return `curl -K '${path.replaceAll("'", "'\\''")}' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/'`;
}
