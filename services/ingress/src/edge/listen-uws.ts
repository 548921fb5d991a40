import { randomUUID } from 'node:crypto';
import { deny, renderProblem, type Deny } from '@sallyport/verdict';
import type { HttpRequest, HttpResponse, TemplatedApp, us_listen_socket } from 'uWebSockets.js';
import { checkFraming, type FramingLimits } from './check-framing.js';
import { defaultLimits, type EdgeLimits, type EdgeListener, type EdgeOptions } from './exchange.js';
import { toLatin1 } from './latin1.js';
import { loadUws, type ListenWithFlags, type Uws } from './load-uws.js';
import { formatAddress } from './ip-address.js';
import { UwsExchange, type UwsOwner } from './uws-exchange.js';

const sweepMs = 1_000;
/** Request line and separators, beside target and fields. */
const headMarginBytes = 512;
const exclusivePort = 1;

const overloaded = deny('overloaded', { retryAfterS: 1, detail: 'The gateway has too many requests in flight.' });
const notUtf8 = deny('malformed_request', { detail: 'A header field value is neither ASCII nor UTF-8.' });

/**
 * Listens with uWebSockets.js. Serves HTTP/1.1 without pipelining (a client that pipelines loses the connection and
 * must retry, RFC 9112 §9.3.2); idle connections end after 10 s, request heads must arrive within 10 s, both fixed in the
 * engine. Rejects if the port cannot be had.
 */
export function listenUws(options: EdgeOptions): Promise<EdgeListener> {
  const listener = new UwsListener(options);
  return listener.listen();
}

class UwsListener implements UwsOwner, EdgeListener {
  readonly tls: boolean;
  readonly bodyBytesPerS: number;
  readonly stallMs: number;
  draining = false;
  port = 0;
  inFlight = 0;
  readonly #options: EdgeOptions;
  readonly #limits: EdgeLimits & FramingLimits;
  readonly #uws: Uws;
  readonly #app: TemplatedApp;
  readonly #watched = new Set<UwsExchange>();
  #sweeper: NodeJS.Timeout | undefined = undefined;
  #listenSocket: us_listen_socket | undefined = undefined;
  #whenIdle: (() => void) | undefined = undefined;

  constructor(options: EdgeOptions) {
    const limits = { ...defaultLimits, ...options.limits, namesAreChecked: true };
    this.#options = options;
    this.#limits = limits;
    this.tls = options.tls !== undefined;
    this.bodyBytesPerS = limits.bodyBytesPerS;
    this.stallMs = limits.stallMs;
    this.#uws = loadUws(limits.headerBytes + limits.targetBytes + headMarginBytes);
    this.#app = options.tls
      ? this.#uws.SSLApp({ cert_file_name: options.tls.certFile, key_file_name: options.tls.keyFile })
      : this.#uws.App();
  }

  listen(): Promise<EdgeListener> {
    const { host, port, sharePort, onUnparsed } = this.#options;
    if (onUnparsed !== undefined) {
      // A request replaces this handler by its own.
      this.#app.filter((res, count) => {
        if (Number(count) > 0) res.onAborted(onUnparsed);
      });
    }
    this.#app.any('/*', (res, req) => this.#accept(res, req));
    return new Promise((resolve, reject) => {
      const listen = this.#app.listen as unknown as ListenWithFlags;
      listen.call(this.#app, host, port, sharePort === true ? 0 : exclusivePort, (socket) => {
        if (socket === false) {
          reject(new Error(`cannot listen on ${host}:${port}: the port is in use, or not permitted, or the address is not of this machine`));
          return;
        }
        this.#listenSocket = socket;
        this.port = this.#uws.us_socket_local_port(socket);
        resolve(this);
      });
    });
  }

  async close(graceMs: number): Promise<void> {
    this.draining = true;
    if (this.#listenSocket !== undefined) this.#uws.us_listen_socket_close(this.#listenSocket);
    this.#listenSocket = undefined;
    if (this.inFlight > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        this.#whenIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    // The last answers have been handed to the engine, but it sends them at the end of this turn.
    await new Promise((resolve) => setTimeout(resolve, 10));
    this.#app.close();
  }

  settled(): void {
    this.inFlight--;
    if (this.inFlight === 0) this.#whenIdle?.();
  }

  watch(exchange: UwsExchange): void {
    this.#watched.add(exchange);
    this.#sweeper ??= setInterval(() => this.#sweep(), sweepMs).unref();
  }

  unwatch(exchange: UwsExchange): void {
    this.#watched.delete(exchange);
  }

  #sweep(): void {
    const nowMs = Date.now();
    for (const exchange of this.#watched) exchange.sweep(nowMs);
    if (this.#watched.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #accept(res: HttpResponse, req: HttpRequest): void {
    const headers: string[] = [];
    req.forEach((name, value) => {
      headers.push(name, value);
    });
    const query = req.getQuery() as string | undefined;
    const path = req.getUrl();
    const exchange = new UwsExchange(
      res,
      this,
      req.getCaseSensitiveMethod(),
      query === undefined ? path : `${path}?${query}`,
      headers,
      formatAddress(new Uint8Array(res.getRemoteAddress())),
    );
    this.inFlight++;
    const denial = this.#check(exchange, headers);
    if (denial !== undefined) {
      exchange.awaitBody();
      this.#refuse(exchange, denial);
      return;
    }
    if (exchange.contentLength !== 0) exchange.awaitBody();
    if (exchange.expectsContinue && !engineSaidContinue(headers)) exchange.sayContinue();
    if (this.inFlight > this.#limits.inFlight) this.#refuse(exchange, overloaded);
    else this.#options.onRequest(exchange);
  }

  #check(exchange: UwsExchange, headers: readonly string[]): Deny | undefined {
    let denial = checkFraming(exchange, this.#limits);
    if (denial === undefined && exchange.hasNonAscii) {
      const encoded = toLatin1(headers);
      if (encoded === undefined) denial = notUtf8;
      else exchange.headers = encoded;
    }
    if (denial !== undefined) exchange.poisoned = true;
    return denial;
  }

  #refuse(exchange: UwsExchange, denial: Deny): void {
    const requestId = this.#options.newRequestId?.() ?? randomUUID();
    const problem = renderProblem(denial, requestId);
    exchange.respond(problem.status, Object.entries(problem.headers).flat(), problem.body);
    if (this.#options.onRefused === undefined) return;
    const { method, target, host, headers, contentLength, peerAddress, tls } = exchange;
    this.#options.onRefused({ requestId, status: problem.status, method, target, host, headers, contentLength, peerAddress, tls }, denial);
  }
}

/** The engine answers this one spelling of the expectation itself, before it hands over the request. */
function engineSaidContinue(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === 'expect') return headers[i + 1] === '100-continue';
  }
  return false;
}
