import { Readable } from 'node:stream';

const bufferedBytes = 256 * 1024;

/** What a pull-based sender of a body is told. */
export interface BodyDemand {
  /** There is room again after `write` said `false`. */
  onDrain(): void;
  /** Nothing more is wanted: the body is through, or the request is over. Called once. */
  onClose(): void;
}

/**
 * A request body that arrives in pieces, on its way to an upstream. Holds at most 256 KiB beyond what one `write` brings, as
 * long as its writer heeds `write`'s answer.
 */
export class BodySource extends Readable {
  readonly contentLength: number;
  readonly #demand: BodyDemand;
  #writtenBytes = 0;
  #full = false;
  #aborted = false;
  #ceased = false;
  #toldClosed = false;

  /** `contentLength` -1: unknown, the body goes chunked. */
  constructor(contentLength: number, demand: BodyDemand) {
    super({ highWaterMark: bufferedBytes });
    this.contentLength = contentLength;
    this.#demand = demand;
    // Whoever sends the body hears of its end by `onClose`; without a listener an aborted body would end the process.
    this.on('error', () => undefined);
  }

  /** Whether the sender gave up. */
  get aborted(): boolean {
    return this.#aborted;
  }

  /** False: hold further pieces until `onDrain`. Ignored once closed. */
  write(chunk: Uint8Array): boolean {
    if (this.destroyed || this.#ceased || chunk.byteLength === 0) return !this.#full;
    this.#writtenBytes += chunk.byteLength;
    if (this.contentLength >= 0 && this.#writtenBytes > this.contentLength) {
      this.abort();
      return false;
    }
    this.#full = !this.push(chunk);
    return !this.#full;
  }

  /** The body is complete; one of another length than announced counts as aborted. */
  end(): void {
    if (this.destroyed || this.#ceased) return;
    if (this.contentLength >= 0 && this.#writtenBytes !== this.contentLength) this.abort();
    else this.push(null);
  }

  /** The sender went away: the upstream must not take what it has for the whole. */
  abort(): void {
    if (this.destroyed) return;
    this.#aborted = true;
    this.destroy(new Error('the sender of the request body went away'));
  }

  /** The upstream wants no more of it (RFC 9112 §9.3), but the request goes on: what is buffered stays unsent. */
  cease(): void {
    this.#ceased = true;
    this.pause();
    this.#tellClosed();
  }

  /** A socket that drained would start it again. */
  override resume(): this {
    return this.#ceased ? this : super.resume();
  }

  override _read(): void {
    if (!this.#full) return;
    this.#full = false;
    this.#demand.onDrain();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#tellClosed();
    callback(error);
  }

  #tellClosed(): void {
    if (this.#toldClosed) return;
    this.#toldClosed = true;
    this.#demand.onClose();
  }
}
