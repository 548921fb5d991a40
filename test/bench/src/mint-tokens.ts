import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

export const issuer = 'https://idp.bench.example';
export const audience = 'orders-api';
export const consumerIds: readonly string[] = Array.from({ length: 8 }, (_, index) => `bench-${index}`);

export type Algorithm = 'ES256' | 'RS256';

export interface Credentials {
  readonly algorithm: Algorithm;
  /** One valid token for each of `consumerIds`. */
  readonly tokens: readonly string[];
  /** Of the right key, but expired a minute ago. */
  readonly expiredToken: string;
  /** Of another key, otherwise valid. */
  readonly forgedToken: string;
  readonly publicPem: string;
  readonly jwks: { readonly keys: readonly JWK[] };
}

/** Makes a key and tokens of about the size that identity providers mint, valid for an hour. */
export async function mintTokens(algorithm: Algorithm): Promise<Credentials> {
  const trusted = await generateKeyPair(algorithm, { extractable: true });
  const stranger = await generateKeyPair(algorithm);
  const nowS = Math.floor(Date.now() / 1000);
  const sign = (key: CryptoKey, consumerId: string, expiresAtS: number) =>
    new SignJWT({ azp: consumerId, scope: 'orders:read', jti: `${consumerId}-${expiresAtS}` })
      .setProtectedHeader({ alg: algorithm, kid: 'bench', typ: 'at+jwt' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(consumerId)
      .setIssuedAt(nowS - 120)
      .setExpirationTime(expiresAtS)
      .sign(key);
  const [firstId = ''] = consumerIds;

  return {
    algorithm,
    tokens: await Promise.all(consumerIds.map((id) => sign(trusted.privateKey, id, nowS + 3600))),
    expiredToken: await sign(trusted.privateKey, firstId, nowS - 60),
    forgedToken: await sign(stranger.privateKey, firstId, nowS + 3600),
    publicPem: await exportSPKI(trusted.publicKey),
    jwks: { keys: [{ ...(await exportJWK(trusted.publicKey)), kid: 'bench', alg: algorithm, use: 'sig' }] },
  };
}
