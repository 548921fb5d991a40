import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { tokenCommand } from './demo-clients.js';
import type { RunningService } from './listen-on-loopback.js';
import { requestToken } from './request-token.js';
import { serveIdentityProvider } from './serve-identity-provider.js';

let dataDir: string;
let provider: RunningService;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "sallyport idp's "));
  provider = await serveIdentityProvider({ port: 0, dataDir });
});
afterAll(async () => {
  await provider.close();
  await rm(dataDir, { recursive: true });
});

const discoverKeys = async (): Promise<ReturnType<typeof createRemoteJWKSet>> => {
  const discovery = (await (await fetch(`${provider.url}/.well-known/openid-configuration`)).json()) as { issuer: string; jwks_uri: string };
  expect(discovery.issuer).toBe(provider.url);
  return createRemoteJWKSet(new URL(discovery.jwks_uri));
};

test('a token verifies against the discovered keys and says what RFC 9068 asks for', async () => {
  const token = await requestToken({ issuer: provider.url, dataDir, clientId: 'acme-app', scope: 'orders:read' });
  const { payload, protectedHeader } = await jwtVerify(token, await discoverKeys(), {
    issuer: provider.url,
    audience: 'orders-api',
    typ: 'at+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['jti', 'iat', 'exp'],
  });
  expect(payload).toMatchObject({ client_id: 'acme-app', sub: 'acme-app', scope: 'orders:read' });
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600);
  expect(protectedHeader.kid).toBeTypeOf('string');
});

test('the printed command fetches a token with all scopes of its client', async () => {
  const { stdout } = await promisify(execFile)('sh', ['-c', tokenCommand(dataDir, 'acme-app')]);
  const { payload } = await jwtVerify(stdout.trim(), await discoverKeys());
  expect(payload['scope']).toBe('orders:read orders:write');
});

test('a client gets no scope that it may not have', async () => {
  const asked = requestToken({ issuer: provider.url, dataDir, clientId: 'globex-app', scope: 'orders:write' });
  await expect(asked).rejects.toThrow(/invalid_scope/);
});

test('a wrong secret and an unknown resource are refused', async () => {
  const ask = (secret: string, more: Record<string, string>): Promise<Response> =>
    fetch(`${provider.url}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`acme-app:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'orders:read', ...more }),
    });
  expect((await ask('guessed', {})).status).toBe(401);
  const secrets = JSON.parse(await readFile(join(dataDir, 'identity-provider/clients.json'), 'utf8')) as Record<string, string>;
  expect((await ask(secrets['acme-app'] ?? '', { resource: 'urn:other' })).status).toBe(400);
  expect((await ask(secrets['acme-app'] ?? '', { resource: 'urn:sallyport:orders-api' })).status).toBe(200);
});

test('only the owner can read the files with secrets', async () => {
  const directory = join(dataDir, 'identity-provider');
  const names = await readdir(directory);
  expect(names.toSorted()).toEqual(['acme-app.curl', 'clients.json', 'globex-app.curl', 'keys.json']);
  for (const name of names) expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
});

test('a restart keeps keys and secrets: tokens stay valid', async () => {
  const token = await requestToken({ issuer: provider.url, dataDir, clientId: 'acme-app', scope: 'orders:read' });
  await chmod(join(dataDir, 'identity-provider/keys.json'), 0o644);
  const port = Number(new URL(provider.url).port);
  await provider.close();
  provider = await serveIdentityProvider({ port, dataDir });
  await jwtVerify(token, await discoverKeys());
  const { kid } = decodeProtectedHeader(await requestToken({ issuer: provider.url, dataDir, clientId: 'acme-app', scope: 'orders:read' }));
  expect(kid).toBe(decodeProtectedHeader(token).kid);
  expect((await stat(join(dataDir, 'identity-provider/keys.json'))).mode & 0o777).toBe(0o600);
});

test('a broken key file is named and never replaced', async () => {
  const broken = await mkdtemp(join(tmpdir(), 'sallyport-idp-'));
  await serveIdentityProvider({ port: 0, dataDir: broken }).then((service) => service.close());
  await writeFile(join(broken, 'identity-provider/keys.json'), '{"keys":');
  await expect(serveIdentityProvider({ port: 0, dataDir: broken })).rejects.toThrow(/keys\.json is not JSON; delete it/);
  await rm(broken, { recursive: true });
});
