import type { Deny } from '@sallyport/verdict';

/**
 * Bounds of one listener. `headerBytes` counts names and values with their separators, `inFlight` the requests that
 * have no complete answer yet.
 */
export interface EdgeLimits {
  /** At most 97: the parser of uWebSockets.js takes no more, and goes silent above. */
  readonly headerCount: number;
  readonly headerBytes: number;
  readonly targetBytes: number;
  readonly inFlight: number;
  /** An upload that is slower than this over ten seconds loses its connection. */
  readonly bodyBytesPerS: number;
  /**
   * How long a client may take nothing of its answer. The kernel reports progress only when a third of its buffer has
   * become free, and that is a megabyte: keep it generous.
   */
  readonly stallMs: number;
}

export const defaultLimits: EdgeLimits = {
  headerCount: 96,
  headerBytes: 16_384,
  targetBytes: 8_192,
  inFlight: 10_000,
  bodyBytesPerS: 240,
  stallMs: 300_000,
};

/** What is known of a request from its head alone. */
export interface RequestHead {
  readonly method: string;
  /** Origin form (or `*` with OPTIONS) as received, query included, ASCII. */
  readonly target: string;
  /** The one Host field as received, syntax checked. Empty in a refusal that happened before it was found. */
  readonly host: string;
  /** Flat name, value, …, as received; names in lower case, values one char a byte (latin1) as in `node:http`. */
  readonly headers: readonly string[];
  /** -1: chunked, 0: no body. */
  readonly contentLength: number;
  /** Text form; IPv4 is never written as `::ffff:…`. */
  readonly peerAddress: string;
  readonly tls: boolean;
}

/**
 * One request and the way to answer it, the same for every engine. Answers after an abort are ignored; a second answer
 * and a header field that would break the framing are faults. Fields about framing and connection (`connection`,
 * `content-length`, `transfer-encoding`, `date`, `upgrade`, …) among answer headers are left out: the engine writes them.
 */
export interface Exchange extends RequestHead {
  /** The client is gone, or the parser found the body malformed. Nothing can be answered any more. */
  readonly aborted: boolean;
  onAborted?: (() => void) | undefined;
  /** Called after `write` gave false, when more may be written. */
  onWritable?: (() => void) | undefined;
  /** Hands over the body as it arrives. A chunk is valid only during the call; the last may be empty. Once only. */
  readBody(onChunk: (chunk: Uint8Array, last: boolean) => void): void;
  /** Stops the body, and with it the client, until `resume`. What has been read already (≤ 512 KiB) is kept. */
  pause(): void;
  resume(): void;
  /** The whole answer. HEAD, 204 and 304 get no body; HEAD and 304 keep a `content-length` among the headers. */
  respond(status: number, headers: readonly string[], body?: Uint8Array | string): void;
  /** Starts an answer; its head leaves with the first bytes of the body. Without `contentLength` it is chunked. */
  begin(status: number, headers: readonly string[], contentLength?: number): void;
  /** The chunk must stay unchanged until `onWritable` if this gives false. */
  write(chunk: Uint8Array): boolean;
  /** Ends a streamed answer. Fewer bytes than announced kill the connection, so that nobody takes them for all. */
  end(): void;
  /** Kills the connection without an answer. `onAborted` is not called. */
  abort(): void;
}

/** A request that the listener answered itself; what a record of it needs. */
export interface RefusedRequest extends RequestHead {
  readonly requestId: string;
  readonly status: number;
}

export interface EdgeOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** PEM files. Client certificates are not available in this engine. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  readonly limits?: Partial<EdgeLimits>;
  /** Several processes may listen on one port, and the kernel spreads connections over them (SO_REUSEPORT). */
  readonly sharePort?: boolean;
  readonly newRequestId?: () => string;
  readonly onRequest: (exchange: Exchange) => void;
  /** Called once for every request that was refused here and never reached `onRequest`. */
  readonly onRefused?: (refused: RefusedRequest, denial: Deny) => void;
  /**
   * A connection ended before the parser handed over a request: a rejected request line or head, a head that never
   * became complete, or no byte at all. What the parser rejects later on a connection cannot be noticed.
   */
  readonly onUnparsed?: () => void;
}

export interface EdgeListener {
  readonly port: number;
  readonly inFlight: number;
  /** Stops accepting, lets requests in flight end (their connections close), kills what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}
