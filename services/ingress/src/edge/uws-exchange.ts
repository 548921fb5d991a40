import type { HttpResponse } from 'uWebSockets.js';
import { AnswerStream } from './answer-stream.js';
import type { FramingHead } from './check-framing.js';
import type { Exchange } from './exchange.js';
import { RequestBody, type ChunkHandler } from './request-body.js';
import { bodylessLength, formatHead, isBodyless, type ResponseHead } from './response-head.js';
import { UwsSocket } from './uws-socket.js';

/** What an exchange needs of its listener. */
export interface UwsOwner {
  readonly tls: boolean;
  readonly draining: boolean;
  readonly bodyBytesPerS: number;
  readonly stallMs: number;
  /** The exchange has its whole answer, or never will have. Called once. */
  settled(): void;
  /** Has `sweep` called about every second, until `unwatch`. */
  watch(exchange: UwsExchange): void;
  unwatch(exchange: UwsExchange): void;
}

/** A body of which no more than this is missing is read to its end, so that its connection can serve on. */
const readOnBytes = 65_536;
/** What a client may send while it takes none of its answer, for a socket cannot be paused then. */
const keptLimitBytes = 4 * 1_048_576;
/** How long a closing connection still reads, so that a client that is still sending gets to see its answer. */
const lingerMs = 1_000;
const lingerSlowMs = 10_000;

/**
 * One request of uWebSockets.js. That engine runs a request that hides behind another one as soon as the first is
 * marked as answered, even on a connection that is about to close. So an answer that ends its connection is never
 * marked: it is written by means that leave the request pending, in which state the engine kills the connection when
 * another request turns up on it, and then the connection is closed from here.
 */
export class UwsExchange implements Exchange, FramingHead {
  host = '';
  contentLength = 0;
  closeRequested = false;
  expectsContinue = false;
  hasNonAscii = false;
  /** Nothing that follows on this connection can be trusted. */
  poisoned = false;
  aborted = false;
  onAborted: (() => void) | undefined = undefined;
  onWritable: (() => void) | undefined = undefined;
  readonly method: string;
  readonly target: string;
  headers: readonly string[];
  readonly peerAddress: string;
  readonly #owner: UwsOwner;
  readonly #socket: UwsSocket;
  #body: RequestBody | undefined = undefined;
  #stream: AnswerStream | undefined = undefined;
  #sendEmpty: (() => void) | undefined = undefined;
  #answered = false;
  #settled = false;
  #watched = false;
  #lingerUntilMs = 0;
  #closesWithBody = false;

  constructor(res: HttpResponse, owner: UwsOwner, method: string, target: string, headers: readonly string[], peerAddress: string) {
    this.method = method;
    this.target = target;
    this.headers = headers;
    this.peerAddress = peerAddress;
    this.#owner = owner;
    this.#socket = new UwsSocket(res);
    res.onAborted(() => this.#connectionEnded());
  }

  get tls(): boolean {
    return this.#owner.tls;
  }

  /** In the request callback only, for the body follows at once. */
  awaitBody(): void {
    const body = new RequestBody(this.#socket, Date.now());
    this.#body = body;
    this.#socket.res.onData((bytes, last) => this.#bodyArrived(body, new Uint8Array(bytes), last));
  }

  /** In the request callback only: for spellings of the expectation that the engine does not know. */
  sayContinue(): void {
    this.#socket.sayContinue();
  }

  readBody(onChunk: ChunkHandler): void {
    if (this.#socket.gone) return;
    if (this.#body === undefined) onChunk(new Uint8Array(0), true);
    else this.#body.read(onChunk);
  }

  pause(): void {
    this.#body?.pause();
  }

  resume(): void {
    this.#body?.resume();
  }

  respond(status: number, headers: readonly string[], body: Uint8Array | string = ''): void {
    const head = formatHead(status, headers);
    if (!this.#claimAnswer()) return;
    if (isBodyless(this.method, status)) {
      const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
      this.#sendWithoutBody(head, bodylessLength(this.method, status, headers, bytes));
    } else if (this.#mustClose) {
      this.#sendLast(head, typeof body === 'string' ? Buffer.from(body) : body);
    } else {
      this.#socket.sendWhole(head, body);
      this.#finished();
    }
  }

  begin(status: number, headers: readonly string[], contentLength?: number): void {
    const head = formatHead(status, headers);
    if (!this.#claimAnswer()) return;
    if (isBodyless(this.method, status)) {
      const bytes = bodylessLength(this.method, status, headers, contentLength ?? 0);
      this.#sendEmpty = () => this.#sendWithoutBody(head, bytes);
    } else if (contentLength === 0) {
      this.#sendEmpty = () => this.#sendWithoutBody(head, 0);
    } else {
      this.#openStream(head, contentLength);
    }
  }

  write(chunk: Uint8Array): boolean {
    const stream = this.#stream;
    if (stream === undefined || this.#socket.gone) return true;
    if (chunk.byteLength > 0) stream.write(chunk);
    if (stream.isOverrun) {
      this.abort();
      throw new RangeError('an answer has more bytes than were announced');
    }
    if (stream.engineDone) this.#finished();
    return !this.#socket.blocked;
  }

  end(): void {
    const stream = this.#stream;
    if (this.#socket.gone) return;
    if (stream === undefined) {
      this.#sendEmpty?.();
    } else if (!stream.isWhole) {
      this.abort();
    } else {
      stream.ended = true;
      if (!this.#socket.blocked) this.#endStream(stream);
    }
  }

  abort(): void {
    this.#settle();
    this.#close();
  }

  /** Looks after what the engine's own time-outs would get wrong. */
  sweep(nowMs: number): void {
    const stream = this.#stream;
    const socket = this.#socket;
    if (this.#lingerUntilMs > 0 && nowMs >= this.#lingerUntilMs) {
      this.#close();
    } else if (stream !== undefined && socket.blocked) {
      if (nowMs - stream.progressAtMs > this.#owner.stallMs) socket.res.close();
      else socket.keepWaiting(nowMs);
    } else {
      if (stream !== undefined) socket.drain();
      if (this.#body?.isOnTime(this.#owner.bodyBytesPerS, nowMs) === true) socket.keepWaiting(nowMs);
    }
  }

  get #mustClose(): boolean {
    return this.closeRequested || this.contentLength < 0 || this.poisoned || this.#owner.draining || !this.#canReadOn;
  }

  get #canReadOn(): boolean {
    const body = this.#body;
    return body === undefined || body.complete || (!this.expectsContinue && this.contentLength - body.receivedBytes <= readOnBytes);
  }

  #bodyArrived(body: RequestBody, bytes: Uint8Array, last: boolean): void {
    // The rest of a body whose request has been answered, on a connection that serves on.
    if (this.#socket.gone) return;
    if (!last && body.receivedBytes === 0) this.#watch();
    body.push(bytes, last);
    if (this.#socket.gone) return;
    if (!last) {
      if (body.keptBytes > keptLimitBytes) this.#socket.res.close();
    } else if (this.#closesWithBody) {
      this.#closeNext();
    } else if (this.#stream === undefined && this.#lingerUntilMs === 0) {
      this.#unwatch();
    }
  }

  #watch(): void {
    if (this.#watched) return;
    this.#watched = true;
    this.#owner.watch(this);
  }

  #unwatch(): void {
    if (!this.#watched) return;
    this.#watched = false;
    this.#owner.unwatch(this);
  }

  /** False when there is nobody to answer. */
  #claimAnswer(): boolean {
    if (this.#answered) throw new Error('a request can be answered only once');
    this.#answered = true;
    return !this.#socket.gone;
  }

  /** `bytes` < 0: no Content-Length. */
  #sendWithoutBody(head: ResponseHead, bytes: number): void {
    const length = bytes < 0 ? '' : `\r\ncontent-length: ${bytes}`;
    if (this.#mustClose) {
      this.#socket.sendLastEmpty(head, length);
      this.#closeSoon(true);
    } else {
      this.#socket.sendEmpty(head, length);
      this.#finished();
    }
  }

  #sendLast(head: ResponseHead, body: Uint8Array): void {
    if (body.byteLength === 0) {
      this.#sendWithoutBody(head, 0);
      return;
    }
    const stream = this.#openStream(head, body.byteLength);
    stream.write(body);
    stream.ended = true;
    // Written in one go it is sent, or the client has left earlier answers unread until nothing more fits.
    stream.isFlushed ||= !this.#socket.blocked;
    if (!this.#socket.blocked) this.#endStream(stream);
  }

  #openStream(head: ResponseHead, contentLength: number | undefined): AnswerStream {
    const closing = this.#mustClose;
    const stream = new AnswerStream(this.#socket, head, closing && contentLength === 1 ? undefined : contentLength, closing);
    this.#stream = stream;
    this.#socket.res.onWritable(() => {
      this.#becameWritable(stream);
      return true;
    });
    this.#watch();
    return stream;
  }

  #becameWritable(stream: AnswerStream): void {
    stream.flush(Date.now());
    if (stream.engineDone) this.#finished();
    if (this.#socket.gone || this.#socket.blocked) return;
    this.#body?.follow();
    if (!stream.ended) this.onWritable?.();
    else if (this.#lingerUntilMs === 0) this.#endStream(stream);
  }

  #endStream(stream: AnswerStream): void {
    if (stream.isFresh) {
      this.#sendWithoutBody(stream.head, 0);
      return;
    }
    stream.finish();
    if (stream.engineDone) this.#finished();
    else this.#closeSoon(stream.isFlushed);
  }

  /** The engine has the whole answer and its object is dead. */
  #finished(): void {
    this.#socket.gone = true;
    this.#body?.discard();
    this.#unwatch();
    this.#settle();
  }

  /** Ends a connection whose last answer has been written: when the client has sent all, or after a while. */
  #closeSoon(isFlushed: boolean): void {
    this.#settle();
    this.#body?.discard();
    this.#socket.setReading(true);
    if (isFlushed && this.#body?.complete !== false) {
      this.#closeNext();
      return;
    }
    this.#closesWithBody = isFlushed;
    this.#lingerUntilMs = Date.now() + (this.#stream?.everBlocked === true ? lingerSlowMs : lingerMs);
    this.#watch();
  }

  /** Not before the engine has left its parser, and sent what it holds back until then. */
  #closeNext(): void {
    setImmediate(() => this.#close());
  }

  #close(): void {
    this.#unwatch();
    this.#socket.close();
  }

  #connectionEnded(): void {
    this.#socket.gone = true;
    this.#unwatch();
    this.#body?.discard();
    if (this.#settled) return;
    this.aborted = true;
    this.#settle();
    this.onAborted?.();
  }

  #settle(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#owner.settled();
  }
}
