import type { Dispatcher } from 'undici';
import { AnswerFlow } from './answer-flow.js';
import { BodySource } from './body-source.js';
import { chooseTarget, type Target } from './choose-target.js';
import { describeFailure, isUnsendable } from './describe-failure.js';
import type { ReadGate } from './read-gate.js';
import { readRawHeaders } from './read-raw-headers.js';
import { isBodiless, readContentLength, refusesBody } from './response-framing.js';
import type { ConnectionUser, TargetPool } from './target-pool.js';
import type { TimerWheel, WheelEntry } from './timer-wheel.js';
import type { UpstreamConnection } from './upstream-connection.js';
import type { UpstreamControl, UpstreamFailure, UpstreamHandler, UpstreamOptions, UpstreamRequest } from './upstream-types.js';

/** What exchanges of one revision share. */
export interface ExchangeContext {
  readonly wheel: TimerWheel;
  readonly options: UpstreamOptions;
  /** Called once per exchange, when undici holds nothing of it any more. */
  onDone(): void;
}

const none: readonly Target[] = [];
const senderGone = 'the sender of the body went away';
const cancelled = new Error('the request was cancelled');
const repeated = new Error('the connection was lost, and nothing is sent twice');

/**
 * One request and its answer. At most once: another target is tried only while undici has not begun to write (`onConnect` of
 * the handler comes right before), and undici's own repetition after a lost connection is refused. Implements undici's raw
 * handler interface, since the newer one builds an object of every head.
 */
export class Exchange implements UpstreamControl, ConnectionUser, WheelEntry, Dispatcher.DispatchHandler {
  wheelNext: WheelEntry | undefined = undefined;
  wheelPrevious: WheelEntry | undefined = undefined;
  wheelTick = -1;

  readonly #context: ExchangeContext;
  readonly #targets: readonly Target[];
  readonly #handler: UpstreamHandler;
  readonly #options: Dispatcher.DispatchOptions;
  readonly #body: BodySource | undefined;
  readonly #flow: AnswerFlow;
  readonly #timeoutMs: number;

  #tried = none;
  #pool: TargetPool | undefined;
  #connection: UpstreamConnection | undefined;
  #gate: ReadGate | undefined;
  #abort: ((error: Error) => void) | undefined;
  /** The request's bytes may be on the wire. */
  #sent = false;
  /** Part of a streamed body is still to be sent. */
  #uploading = false;
  #headed = false;
  /** The handler has heard the last, or wants to hear nothing more. */
  #finished = false;
  #trailers: string[] | undefined;
  #progressAtMs = 0;

  constructor(
    context: ExchangeContext,
    targets: readonly Target[],
    timeoutMs: number,
    request: UpstreamRequest,
    handler: UpstreamHandler,
  ) {
    this.#context = context;
    this.#targets = targets;
    this.#timeoutMs = timeoutMs;
    this.#handler = handler;
    this.#flow = new AnswerFlow((chunk) => handler.onData(chunk));
    const { body, headers } = request;
    this.#body = body instanceof BodySource ? body : undefined;
    const contentLength = this.#body?.contentLength ?? -1;
    this.#options = {
      path: request.path,
      method: request.method,
      headers: (contentLength < 0 ? headers : [...headers, 'content-length', String(contentLength)]) as string[],
      body: body ?? null,
    };
  }

  get target(): string | undefined {
    return this.#pool?.origin;
  }

  start(): void {
    if (this.#finished) return;
    if (this.#body?.aborted === true) return this.#giveUp('interrupted', senderGone);
    this.#context.wheel.set(this, this.#timeoutMs);
    this.#body?.once('close', () => this.#onBodyClosed());
    this.#tryNext(undefined);
  }

  resume(): void {
    if (this.#finished || !this.#flow.resume() || this.#finished) return;
    this.#progress();
    if (this.#trailers !== undefined) this.#end(this.#trailers);
    else this.#gate?.release();
  }

  cancel(): void {
    if (this.#finished) return;
    this.#finish();
    this.#stop();
  }

  begin(connection: UpstreamConnection): void {
    this.#connection = connection;
    connection.client.dispatch(this.#options, this);
  }

  onConnect(abort: (error?: Error) => void): void {
    // Thrown here, the error reaches `onError` and spares the connection.
    if (this.#finished) throw cancelled;
    if (this.#sent) throw repeated;
    this.#sent = true;
    this.#abort = abort;
    this.#gate = this.#connection?.gate;
    this.#gate?.expectHead();
    this.#uploading = this.#body !== undefined;
    this.#progress();
  }

  onBodySent(): void {
    if (this.#uploading) this.#progress();
  }

  onRequestSent(): void {
    if (!this.#uploading) return;
    this.#uploading = false;
    if (!this.#headed && !this.#finished) this.#context.wheel.set(this, this.#timeoutMs);
  }

  onHeaders(status: number, raw: Buffer[]): boolean {
    if (status < 200) return true;
    this.#headed = true;
    this.#progress();
    const headers = readRawHeaders(raw, this.#gate?.takeHeadChunk());
    if (this.#uploading && refusesBody(status, headers)) this.#body?.cease();
    const contentLength = readContentLength(headers);
    const { method } = this.#options;
    this.#handler.onHead(status, headers, contentLength);
    // undici takes the Content-Length of a 304, which counts what a 200 would bring, for a broken promise.
    if (contentLength > 0 && method !== 'HEAD' && isBodiless(method, status) && !this.#finished) this.#end([]);
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.#finished) return true;
    this.#progress();
    if (!this.#flow.offer(chunk)) this.#gate?.hold();
    return true;
  }

  onComplete(raw: Buffer[] | string[] | null): void {
    // A reset ends a body that only the closing of the connection ends, but does not complete it; undici makes no difference.
    const reset = this.#gate?.socket.errored ?? null;
    this.#detach(false);
    if (this.#finished) return;
    if (reset !== null) return this.#fail('upstream_failed', describeFailure(reset));
    this.#trailers = readRawHeaders((raw ?? []) as Buffer[]);
    if (!this.#flow.paused) this.#end(this.#trailers);
  }

  onError(error: Error): void {
    const unconnected = !this.#sent && error !== cancelled && !isUnsendable(error);
    this.#detach(unconnected);
    if (this.#finished) return;
    if (this.#body?.aborted === true) this.#fail('interrupted', senderGone);
    else if (!unconnected) this.#fail('upstream_failed', describeFailure(error));
    else this.#tryNext({ reason: 'upstream_failed', detail: this.#locate(describeFailure(error)) });
  }

  onDue(): void {
    const { options, wheel } = this.#context;
    if (!this.#headed && !this.#uploading) {
      const what = this.#sent ? 'answer' : 'connection';
      return this.#giveUp('upstream_timeout', `no ${what} within ${this.#timeoutMs} ms`);
    }
    const idleMs = Math.max(options.idleMs, this.#timeoutMs);
    const waitsForPeer = this.#flow.paused || (this.#uploading && this.#body?.readableLength === 0);
    const limitMs = waitsForPeer ? options.peerIdleMs : idleMs;
    const quietMs = wheel.nowMs - this.#progressAtMs;
    if (quietMs < limitMs) return wheel.set(this, Math.min(limitMs - quietMs, idleMs));
    if (waitsForPeer) this.#giveUp('interrupted', `the ${this.#flow.paused ? 'reader' : 'sender'} was idle for ${limitMs} ms`);
    else this.#giveUp('upstream_timeout', `idle for ${limitMs} ms`);
  }

  #tryNext(failure: UpstreamFailure | undefined): void {
    for (let last = failure; ; ) {
      const target = chooseTarget(this.#targets, this.#tried, performance.now());
      if (target === undefined) return this.#failBy(last ?? { reason: 'upstream_failed', detail: 'the upstream has no target' });
      this.#tried = [...this.#tried, target];
      this.#pool = target.pool;
      if (target.pool.submit(this)) return;
      last = { reason: 'overloaded', detail: this.#locate('too many requests wait for a connection') };
    }
  }

  #progress(): void {
    this.#progressAtMs = this.#context.wheel.nowMs;
  }

  /** A body whose sender gave up must not be sent as if it were whole. */
  #onBodyClosed(): void {
    if (this.#body?.aborted === true && !this.#finished) this.#giveUp('interrupted', senderGone);
  }

  #end(trailers: string[]): void {
    this.#finish();
    try {
      this.#handler.onEnd(trailers);
    } catch (fault) {
      // undici would swallow it.
      queueMicrotask(() => {
        throw fault;
      });
    }
  }

  #fail(reason: UpstreamFailure['reason'], detail: string): void {
    this.#failBy({ reason, detail: this.#locate(detail) });
  }

  #failBy(failure: UpstreamFailure): void {
    this.#finish();
    this.#handler.onError(failure);
  }

  #locate(detail: string): string {
    return this.#pool === undefined ? detail : `${this.#pool.origin}: ${detail}`;
  }

  #giveUp(reason: UpstreamFailure['reason'], detail: string): void {
    this.#finish();
    this.#stop();
    this.#handler.onError({ reason, detail: this.#locate(detail) });
  }

  #finish(): void {
    this.#finished = true;
    this.#context.wheel.clear(this);
    this.#flow.close();
    if (this.#connection === undefined) this.#context.onDone();
  }

  /** Takes the request back from wherever it is. */
  #stop(): void {
    this.#body?.abort();
    const connection = this.#connection;
    if (this.#abort === undefined || connection === undefined) {
      if (connection === undefined) this.#pool?.withdraw(this);
      return;
    }
    this.#connection = undefined;
    this.#abort(cancelled);
    // Returned, its client would at once connect again, for a request that is over.
    this.#pool?.discard(connection);
    this.#context.onDone();
  }

  /** undici has done with the request: the connection is for others now. */
  #detach(unconnected: boolean): void {
    const connection = this.#connection;
    this.#abort = undefined;
    this.#connection = undefined;
    this.#gate?.release();
    this.#gate = undefined;
    if (connection === undefined) return;
    // undici's client stays stuck after some failures to connect, such as a certificate for another name.
    if (unconnected) this.#pool?.discard(connection);
    else this.#pool?.release(connection);
    if (this.#finished) this.#context.onDone();
  }
}
