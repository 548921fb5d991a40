import { buildConnector, Client } from 'undici';
import { ReadGate } from './read-gate.js';
import type { TargetHealth } from './target-health.js';
import type { UpstreamOptions } from './upstream-types.js';

/** Shortens the keep-alive time that an upstream announces, for what its announcement takes to travel. */
const keepAliveMarginMs = 1_000;

/** Want of sockets or ports at our end: says nothing about the target. */
const ownFaults: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL']);

/** At most one socket to one target, opened when it is needed and again after it closed. */
export interface UpstreamConnection {
  readonly client: Client;
  /** Of the present socket. */
  gate: ReadGate | undefined;
}

export type Connect = ReturnType<typeof buildConnector>;

/** The way to open sockets that all connections to one target share, and with it their TLS sessions. */
export function createConnect(options: UpstreamOptions): Connect {
  return buildConnector({ timeout: options.connectTimeoutMs });
}

/** What becomes of its attempts to connect goes to `health`. undici's own time-outs are off: the exchange keeps time. */
export function openConnection(origin: string, connect: Connect, health: TargetHealth, options: UpstreamOptions): UpstreamConnection {
  const client = new Client(origin, {
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: options.keepAliveMs,
    keepAliveMaxTimeout: options.keepAliveMs,
    keepAliveTimeoutThreshold: keepAliveMarginMs,
    maxHeaderSize: options.headBytes,
    connect: (target, callback) => {
      connect(target, (...result) => {
        const [error, socket] = result;
        if (error === null) connection.gate = new ReadGate(socket);
        callback(...result);
      });
    },
  });
  client.on('connect', () => health.succeeded());
  client.on('connectionError', (_origin, _targets, error: NodeJS.ErrnoException) => {
    if (!ownFaults.has(error.code ?? '')) health.failed(performance.now());
  });
  const connection: UpstreamConnection = { client, gate: undefined };
  return connection;
}
