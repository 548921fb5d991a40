import type { KeySource } from '@sallyport/policy';
import type { Logger } from '@sallyport/observe';
import { createLocalJWKSet, errors, type FlattenedJWSInput, type JWSHeaderParameters } from 'jose';

type LocalKeySet = ReturnType<typeof createLocalJWKSet>;

const fetchTimeoutMs = 3_000;
/** A set is asked for again after this time, so that withdrawn keys stop counting. */
const refreshMs = 5 * 60_000;
/** Unknown key ids cause at most one request to the issuer in this time. */
const cooldownMs = 5_000;
/** How long the last good keys serve while the issuer is down. */
const staleMs = 24 * 3_600_000;
const maxKeySetBytes = 1024 * 1024;

/** Thrown when no keys of an issuer are at hand; the token can be judged neither right nor wrong. */
export class KeysUnavailableError extends Error {
  readonly code = 'KEYS_UNAVAILABLE';
}

export interface KeySetOptions {
  readonly issuer: string;
  readonly source: KeySource;
  readonly logger: Logger;
  /** Called when the issuer stops answering while its last good keys go on serving. */
  readonly onIssuerDown: (issuer: string, message: string) => void;
  readonly nowMs?: () => number;
}

/**
 * The public keys of one issuer (RFC 7517). Remote sets are cached, refreshed in the background, and asked for again when
 * a token names a key that they do not hold; while the issuer is down the last good keys serve, for a day at most.
 */
export class KeySet {
  readonly #options: KeySetOptions;
  readonly #nowMs: () => number;
  #keys: LocalKeySet | undefined;
  #fetchedAtMs = -Infinity;
  #triedAtMs = -Infinity;
  #fetching: Promise<void> | undefined;
  #down = false;

  constructor(options: KeySetOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    if (options.source.kind === 'inline') this.#keys = createLocalJWKSet(options.source.jwks as never);
    else void this.#refresh().catch(() => {});
  }

  /** Resolves the key for a token's header, as `jose` asks for it. */
  readonly find = async (header: JWSHeaderParameters, token: FlattenedJWSInput): ReturnType<LocalKeySet> => {
    await this.#ensureFresh();
    const keys = this.#keys;
    if (keys === undefined) throw new KeysUnavailableError(`no keys of ${this.#options.issuer} are at hand`);
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.#mayAsk()) throw error;
      await this.#refresh().catch(() => {});
      return this.#keys!(header, token);
    }
  };

  #mayAsk(): boolean {
    return this.#options.source.kind !== 'inline' && this.#nowMs() - this.#triedAtMs >= cooldownMs;
  }

  async #ensureFresh(): Promise<void> {
    if (this.#options.source.kind === 'inline') return;
    const ageMs = this.#nowMs() - this.#fetchedAtMs;
    if (this.#keys !== undefined && ageMs > staleMs) this.#keys = undefined;
    if (this.#keys === undefined) {
      if (this.#fetching !== undefined || this.#mayAsk()) await this.#refresh().catch(() => {});
    } else if (ageMs > refreshMs && this.#mayAsk()) {
      void this.#refresh().catch(() => {});
    }
  }

  #refresh(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    this.#triedAtMs = this.#nowMs();
    try {
      const uri = await this.#keySetUri();
      this.#keys = createLocalJWKSet((await fetchJson(uri)) as never);
      this.#fetchedAtMs = this.#nowMs();
      this.#down = false;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#options.logger.warn({ issuer: this.#options.issuer, err: error }, 'the keys of an issuer could not be fetched');
      if (!this.#down) this.#options.onIssuerDown(this.#options.issuer, message);
      this.#down = true;
      throw error;
    }
  }

  async #keySetUri(): Promise<string> {
    const { source, issuer } = this.#options;
    if (source.kind === 'uri') return source.uri;
    const base = issuer.replace(/\/$/, '');
    const configuration = (await fetchJson(`${base}/.well-known/openid-configuration`)) as Record<string, unknown>;
    // OpenID Connect Discovery 1.0 §4.3: a document that names another issuer must not be used.
    if (configuration['issuer'] !== issuer) throw new Error(`the discovery document of ${issuer} names another issuer`);
    const uri = configuration['jwks_uri'];
    if (typeof uri !== 'string') throw new Error(`the discovery document of ${issuer} has no jwks_uri`);
    assertSafeUri(uri);
    return uri;
  }
}

function assertSafeUri(uri: string): void {
  const { protocol, hostname } = new URL(uri);
  const loopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && loopback)) {
    throw new Error('a key set is fetched over https only, or over http from loopback');
  }
}

async function fetchJson(uri: string): Promise<unknown> {
  const response = await fetch(uri, {
    redirect: 'error',
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(fetchTimeoutMs),
  });
  if (!response.ok) throw new Error(`${uri} answered ${response.status}`);
  const text = await response.text();
  if (text.length > maxKeySetBytes) throw new Error(`${uri} answered more than ${maxKeySetBytes} bytes`);
  return JSON.parse(text) as unknown;
}
