import type { Reason } from '@sallyport/verdict';
import type { BodySource } from './body-source.js';

/** The part of a policy's upstream that routing needs; a target's `url` is an origin. */
export interface UpstreamTargets {
  readonly targets: readonly { readonly url: string; readonly weight: number }[];
  /** From sending the request until the answer's head. */
  readonly timeoutMs: number;
}

export interface UpstreamRequest {
  /** A key of the revision's upstreams. */
  readonly upstream: string;
  readonly method: string;
  /** With the query, exactly as judged; goes on the wire as it is. */
  readonly path: string;
  /** Name, value, name, value …, one character a byte (latin1), already filtered: see `buildUpstreamHeaders`. */
  readonly headers: readonly string[];
  readonly body?: Uint8Array | BodySource | undefined;
  /** Instead of the upstream's own. */
  readonly timeoutMs?: number;
}

/** Why there is no (complete) answer. `detail` is for operators; it names hosts and errors, never values of the request. */
export interface UpstreamFailure {
  readonly reason: Extract<Reason, 'upstream_failed' | 'upstream_timeout' | 'overloaded' | 'interrupted'>;
  readonly detail: string;
}

/**
 * What becomes of a request: `onHead` once, `onData` any number of times, then `onEnd`; or `onError` at any point instead of
 * what is still missing. Exactly one of `onEnd` and `onError` is called, never before `send` has returned; neither after
 * `cancel()`.
 */
export interface UpstreamHandler {
  /**
   * `headers` as received, names in lower case. `contentLength` is what `Content-Length` says, -1 when there is none; no body
   * follows after HEAD, 204 and 304, whatever it says. Interim (1xx) answers are passed over.
   */
  onHead(status: number, headers: string[], contentLength: number): void;
  /** The chunk may be kept. `false`: nothing more, not even `onEnd`, until `resume()`. */
  onData(chunk: Buffer): boolean;
  onEnd(trailers: string[]): void;
  onError(failure: UpstreamFailure): void;
}

export interface UpstreamControl {
  /** Asks for more after `onData` said `false`; otherwise without effect. */
  resume(): void;
  /** Ends it: an unfinished upload or download breaks its connection, so that the upstream sees an aborted body. */
  cancel(): void;
  /** The target that serves the request, once one is chosen; an origin. */
  readonly target: string | undefined;
}

export interface UpstreamOptions {
  /** Connections to one target, at most. */
  readonly connections: number;
  /** Requests that wait for a connection of one target, at most; more are `overloaded`. */
  readonly waiting: number;
  readonly connectTimeoutMs: number;
  /** How long an idle connection is kept; a shorter `Keep-Alive: timeout` of the upstream counts, less 1 s. */
  readonly keepAliveMs: number;
  /** Names and values of an answer's header fields, at most. */
  readonly headBytes: number;
  /** An upstream that neither takes nor sends anything for so long, or for its `timeoutMs` if that is more, has timed out. */
  readonly idleMs: number;
  /** A sender that brings no part of a body, or a reader that takes none, for so long is gone: `interrupted`. */
  readonly peerIdleMs: number;
}

export const defaultUpstreamOptions: UpstreamOptions = {
  connections: 1024,
  waiting: 1024,
  connectTimeoutMs: 2_000,
  keepAliveMs: 4_000,
  headBytes: 32 * 1024,
  idleMs: 60_000,
  peerIdleMs: 300_000,
};
