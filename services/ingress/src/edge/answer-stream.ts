import type { ResponseHead } from './response-head.js';
import type { UwsSocket } from './uws-socket.js';

const corkBytes = 16_384;

/**
 * Writes an answer piece by piece: with a known length through the engine's `tryEnd`, which keeps nothing that it
 * cannot send, else chunked. With `closing` the engine never learns that the answer is complete (UwsExchange says
 * why): the total it is told is one byte more, and the last chunk is written as bare bytes.
 */
export class AnswerStream {
  /** Whether the client has ever been slower than the answer. */
  everBlocked = false;
  /** The engine regards the answer as complete, so its object is dead. */
  engineDone = false;
  ended = false;
  progressAtMs = 0;
  /** All that was given is known to have left. */
  isFlushed = false;
  readonly head: ResponseHead;
  readonly closing: boolean;
  readonly #socket: UwsSocket;
  readonly #totalBytes: number | undefined;
  #headWritten = false;
  #givenBytes = 0;
  #waiting: Uint8Array | undefined = undefined;

  /** `totalBytes` must not be 0, and with `closing` not 1. */
  constructor(socket: UwsSocket, head: ResponseHead, totalBytes: number | undefined, closing: boolean) {
    this.head = head;
    this.#socket = socket;
    this.#totalBytes = totalBytes;
    this.closing = closing;
    socket.isAnswering = true;
  }

  get isFresh(): boolean {
    return !this.#headWritten;
  }

  /** All that was announced has been given. */
  get isWhole(): boolean {
    return this.#totalBytes === undefined || this.#givenBytes === this.#totalBytes;
  }

  /** More was given than announced; the surplus is not sent. */
  get isOverrun(): boolean {
    return this.#totalBytes !== undefined && this.#givenBytes > this.#totalBytes;
  }

  write(chunk: Uint8Array): void {
    this.#givenBytes += chunk.byteLength;
    if (this.isOverrun) return;
    // Less than this waits in the engine's buffer, and whether it could be sent is not told.
    this.isFlushed = chunk.byteLength >= corkBytes;
    const { res } = this.#socket;
    res.cork(() => {
      const isFirst = !this.#headWritten;
      if (isFirst) this.#writeHead();
      if (this.#totalBytes !== undefined) this.#writeOf(chunk, this.#totalBytes, isFirst);
      else if (!res.write(chunk)) this.#block();
    });
  }

  /** Goes on after the engine said that the socket takes more; to be called right then. */
  flush(nowMs: number): void {
    this.#socket.blocked = false;
    this.progressAtMs = nowMs;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined || this.#totalBytes === undefined) {
      this.#socket.drain();
    } else {
      this.isFlushed = true;
      this.#send(waiting, this.#totalBytes);
    }
  }

  /** Completes a chunked answer; one with a known length is complete with its last byte. */
  finish(): void {
    if (this.#totalBytes !== undefined) return;
    const { res } = this.#socket;
    res.cork(() => {
      if (this.closing) {
        res.writeHeader('\r\n0\r\nx-end', '1\r\n');
      } else {
        this.engineDone = true;
        res.end();
      }
    });
  }

  #writeHead(): void {
    this.#headWritten = true;
    this.#socket.writeHead(this.head, this.closing ? '\r\nconnection: close' : '');
  }

  #writeOf(chunk: Uint8Array, totalBytes: number, isFirst: boolean): void {
    if (!isFirst) {
      this.#send(chunk, totalBytes);
    } else if (this.closing && chunk.byteLength === totalBytes) {
      // The first call writes Content-Length, so it must be told the truth, and not be given the last byte.
      this.#try(chunk.subarray(0, -1), totalBytes);
      this.#send(chunk.subarray(-1), totalBytes);
    } else {
      this.#try(chunk, totalBytes);
    }
  }

  #send(chunk: Uint8Array, totalBytes: number): void {
    if (this.#waiting === undefined) this.#try(chunk, this.closing ? totalBytes + 1 : totalBytes);
    else this.#waiting = Buffer.concat([this.#waiting, chunk]);
  }

  #try(chunk: Uint8Array, totalBytes: number): void {
    const { res } = this.#socket;
    const before = res.getWriteOffset();
    const [isAll, isDone] = res.tryEnd(chunk, totalBytes);
    if (isDone) {
      this.engineDone = true;
    } else if (!isAll) {
      this.#waiting = chunk.subarray(res.getWriteOffset() - before);
      this.#block();
    }
  }

  #block(): void {
    this.isFlushed = false;
    this.everBlocked = true;
    this.progressAtMs = Date.now();
    this.#socket.block();
  }
}
