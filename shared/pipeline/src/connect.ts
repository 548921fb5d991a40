import { connect, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import { readSeed } from './identities.js';
import type { IdentityName } from './accounts.js';

export interface ConnectOptions {
  readonly url: string;
  readonly credentialsDir: string;
  readonly identity: IdentityName;
  /** Shows in the broker's connection list. */
  readonly instance: string;
}

/**
 * Connects one identity and keeps reconnecting for ever. The inbox prefix is the service's own, which is all that the
 * broker lets it subscribe to. Rejects when the first connection fails.
 */
export async function connectIdentity(options: ConnectOptions): Promise<NatsConnection> {
  const service = options.identity.split('.')[0]!;
  const seed = readSeed(options.credentialsDir, options.identity);
  try {
    return await connect({
      servers: options.url.split(','),
      authenticator: nkeyAuthenticator(seed),
      inboxPrefix: `_INBOX.${service}.${options.instance}`,
      name: `${options.identity}/${options.instance}`,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
      reconnectJitter: 50,
      pingInterval: 2_000,
      maxPingOut: 2,
      timeout: 5_000,
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot connect ${options.identity} to NATS at ${options.url}: ${why}`, { cause });
  }
}
