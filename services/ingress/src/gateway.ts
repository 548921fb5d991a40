import {
  forEachEntry,
  inlineBytes,
  readAddress,
  readCredit,
  readDenial,
  readResponse,
  RequestView,
  Sections,
  writeChunk,
  writeCredentials,
  writeInlineBody,
  writeRequest,
} from '@sallyport/envelope';
import { type Outbox, type PolicyStore, sectionRule, subjects } from '@sallyport/pipeline';
import { deny, type Deny, problemTable, type Reason } from '@sallyport/verdict';
import { admitRequest, type Admitted, bodyTooLarge } from './admit-request.js';
import { AnswerStream, dropAnswer } from './answer-stream.js';
import type { BodyBudget } from './body-budget.js';
import { clientAddress } from './edge/client-address.js';
import type { Exchange, RefusedRequest, RequestHead } from './edge/exchange.js';
import { parseAddress } from './edge/ip-address.js';
import { headerValue, headerValues } from './header-values.js';
import { type InFlight, InFlightTable } from './in-flight.js';
import type { IngressPolicy } from './policy.js';
import type { OnSettled } from './record-group.js';
import { encodeRecord, outcomeOf, type RequestEnd, type RequestOutcome } from './record-request.js';
import { RequestBody } from './request-body.js';
import { newRequestId } from './request-id.js';
import { quotaHeaders, respondProblem } from './respond-problem.js';
import { splitCredentials } from './split-credentials.js';
import type { TelemetryLane } from './telemetry-lane.js';
import { traceContext } from './trace-context.js';

const rule = sectionRule('ingress');

export interface GatewayOptions {
  readonly instance: string;
  readonly policies: PolicyStore<IngressPolicy>;
  readonly outbox: Outbox;
  readonly lane: TelemetryLane;
  readonly budget: BodyBudget;
  readonly sampleRatio: number;
  readonly brokerUp: () => boolean;
  /** Called for every request that the gateway answers itself. */
  readonly onDenied: (request: DeniedRequest, denial: Deny, stage: string) => void;
  readonly onFinished: (decision: 'allow' | 'deny', reason: Reason | '') => void;
  /** Called when a request that had a route is over, for its span. */
  readonly onOver: (request: InFlight, outcome: RequestOutcome) => void;
}

/** What is known of a refused request, however early it was refused. */
export interface DeniedRequest {
  readonly requestId: string;
  readonly traceparent: string;
  readonly revision: number;
  readonly route: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly clientIp: string;
}

/** Brings requests from the listener into the pipeline and the pipeline's answers back. Judges nothing but the route. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #table = new InFlightTable();
  readonly #streams = new Map<InFlight, AnswerStream>();

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#table.size;
  }

  /** Takes one request from a listener. */
  readonly onRequest = (exchange: Exchange): void => {
    const { policies, lane, brokerUp } = this.#options;
    const receivedAtMs = Date.now();
    const current = policies.current;
    let verdict: Admitted | Deny;
    if (!brokerUp()) verdict = deny('stage_unavailable');
    else if (current === undefined) verdict = deny('policy_unavailable');
    else if (lane.full) verdict = deny('overloaded');
    else verdict = admitRequest(current.policy, exchange);
    if ('kind' in verdict) this.#refuse(exchange, verdict, receivedAtMs);
    else this.#begin(exchange, verdict, receivedAtMs);
  };

  /** Answers and records a request that got no further than the ingress. */
  #refuse(exchange: Exchange, denial: Deny, receivedAtMs: number): void {
    const requestId = newRequestId(receivedAtMs);
    const bytesOut = respondProblem(exchange, denial, requestId, []);
    this.#recordRefusal(exchange, denial, requestId, receivedAtMs, bytesOut);
  }

  /** Records a request that the listener has refused itself. */
  readonly onRefused = (refused: RefusedRequest, denial: Deny): void => {
    this.#recordRefusal(refused, denial, refused.requestId, Date.now(), 0);
  };

  #recordRefusal(head: RequestHead, denial: Deny, requestId: string, receivedAtMs: number, bytesOut: number): void {
    const revision = this.#options.policies.current?.revision ?? 0;
    const { traceId, traceparent } = traceContext(headerValue(head.headers, 'traceparent'), 0);
    const { clientIp } = this.#clientOf(head);
    const [path = ''] = head.target.split('?', 1);
    const { method, host, tls } = head;
    this.#record(
      {
        receivedAtMs,
        requestId,
        traceId,
        revision,
        ingress: this.#options.instance,
        route: '_',
        method,
        pathTemplate: '',
        objectIds: {},
        clientIp,
        tls,
        bytesIn: 0,
        bytesOut,
        totalUs: (Date.now() - receivedAtMs) * 1000,
        status: problemTable[denial.reason].status,
        decision: 'deny',
        stage: 'ingress',
        reason: denial.reason,
        denialUs: 0,
      },
      undefined,
    );
    this.#options.onDenied({ requestId, traceparent, revision, route: '_', method, host, path, clientIp }, denial, 'ingress');
  }

  #begin(exchange: Exchange, admitted: Admitted, receivedAtMs: number): void {
    const { policies, sampleRatio, budget } = this.#options;
    const { revision } = policies.current!;
    const { route } = admitted;
    const split = splitCredentials(route.credentials, exchange.headers, admitted.query);
    const { traceId, parentSpanId, traceparent } = traceContext(headerValue(exchange.headers, 'traceparent'), sampleRatio);
    const { clientIp, viaTrustedProxy } = this.#clientOf(exchange);
    const request = this.#table.add((slot, generation) => ({
      slot,
      generation,
      exchange,
      requestId: newRequestId(receivedAtMs),
      receivedAtMs,
      startedAt: performance.now(),
      revision,
      route,
      pathTemplate: admitted.pathTemplate,
      objectIds: admitted.objectIds,
      path: admitted.path,
      query: split.query,
      headers: split.headers,
      credentials: split.credentials,
      clientIp,
      viaTrustedProxy,
      traceId,
      parentSpanId,
      traceparent,
      phase: 'reading',
      deadlineMs: receivedAtMs + route.deadlineMs,
      body: undefined,
      bytesOut: 0,
      answer: undefined,
      status: 0,
      intentEpoch: undefined,
    }));
    exchange.onAborted = () => this.#aborted(request);
    if (exchange.contentLength === 0) this.#judge(request);
    else {
      request.body = new RequestBody({
        maxBytes: route.maxBodyBytes,
        declaredBytes: exchange.contentLength,
        budget,
        pause: () => exchange.pause(),
        resume: () => exchange.resume(),
        send: (reader, ending, bytes) => {
          const { outbox } = this.#options;
          writeChunk(outbox.entry(subjects.body(reader.stage, reader.instance)), { streamId: reader.streamId, ending, bytes });
          outbox.commit();
          this.#extendDeadline(request);
        },
      });
      exchange.readBody((chunk, last) => this.#onBody(request, chunk, last));
    }
  }

  #onBody(request: InFlight, chunk: Uint8Array, last: boolean): void {
    if (request.phase === 'over') return;
    const body = request.body!;
    if (!body.push(chunk, last)) {
      if (request.phase === 'streaming') this.#abortAnswer(request, 'body_too_large');
      else this.#denyHere(request, bodyTooLarge(request.route));
      return;
    }
    this.#extendDeadline(request);
    if (request.phase === 'reading' && (last || body.receivedBytes > inlineBytes)) this.#judge(request);
  }

  /** A body that keeps coming, or keeps being read, may take longer than the upstream's answer may. */
  #extendDeadline(request: InFlight): void {
    if (request.phase !== 'reading') request.deadlineMs = Date.now() + request.route.deadlineMs;
  }

  /** Hands the request to auth; under `audit: strict` only after its intent is safe. */
  #judge(request: InFlight): void {
    request.phase = 'judging';
    if (!request.route.strictAudit) {
      this.#send(request);
      return;
    }
    const row = encodeRecord(this.#outcome(request, { status: 499, decision: 'allow', stage: 'ingress', reason: 'interrupted' }), undefined);
    const intent = `{"intent":"${request.requestId}","deadlineMs":${request.deadlineMs},"row":${row}}`;
    const { lane } = this.#options;
    lane.add(intent, () => {
      request.intentEpoch = lane.epoch;
      if (request.phase === 'judging') this.#send(request);
    });
  }

  #send(request: InFlight): void {
    const { outbox, instance } = this.#options;
    const { exchange, body } = request;
    const inline = body !== undefined && body.ended && body.receivedBytes <= inlineBytes;
    const writer = outbox.entry(subjects.auth);
    writeRequest(writer, {
      ingress: instance,
      slot: request.slot,
      generation: request.generation,
      requestId: request.requestId,
      revision: request.revision,
      receivedAtMs: request.receivedAtMs,
      deadlineMs: request.deadlineMs,
      routeIndex: request.route.index,
      tls: exchange.tls,
      viaTrustedProxy: request.viaTrustedProxy,
      bodyBytes: inline ? body.receivedBytes : exchange.contentLength,
      traceparent: request.traceparent,
      clientIp: request.clientIp,
      method: exchange.method,
      host: exchange.host,
      path: request.path,
      query: request.query,
      headers: request.headers,
    });
    if (request.credentials.length > 0) writeCredentials(writer, request.credentials);
    if (inline) writeInlineBody(writer, body.whole());
    outbox.commit();
  }

  /** Takes a message from a stage: denials, answers, chunks of answers, and wishes for bodies. */
  receive(message: Uint8Array): void {
    const buffer = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    forEachEntry(buffer, (start, end) => {
      const sections = new Sections(buffer, start, end);
      if ((sections.present & rule.required) !== rule.required || (sections.present & ~rule.allowed) !== 0) return;
      const { slot, generation, requestId } = readAddress(sections);
      const request = this.#table.find(slot, generation);
      if (request === undefined || request.requestId !== requestId) dropAnswer(sections, this.#options.outbox);
      else this.#answer(request, sections);
    });
  }

  #answer(request: InFlight, sections: Sections): void {
    if (sections.has('denial')) {
      const { stage, elapsedUs, deny: denial } = readDenial(sections);
      if (request.phase === 'judging') this.#deny(request, denial, stage, sections, elapsedUs);
    } else if (sections.has('credit')) {
      request.body?.pull(readCredit(sections));
    } else if (sections.has('response') && request.phase === 'judging') {
      this.#respond(request, sections);
    } else if (sections.has('chunk')) {
      this.#streams.get(request)?.onChunk(sections);
    }
  }

  #respond(request: InFlight, sections: Sections): void {
    const head = readResponse(sections);
    const headers = [...head.headers, 'x-request-id', request.requestId, ...quotaHeaders(sections)];
    request.phase = 'streaming';
    request.answer = sections;
    request.status = head.status;
    if (head.complete) {
      request.bytesOut = head.body.length;
      // The length of what HEAD and 304 leave out; the listener writes all others itself.
      if (head.body.length === 0 && head.contentLength >= 0) headers.push('content-length', String(head.contentLength));
      this.#finish(request, '', () => request.exchange.respond(head.status, headers, head.body));
      return;
    }
    const stream = new AnswerStream(request, head, headers, {
      outbox: this.#options.outbox,
      /** Under `audit: strict` the last byte waits until the record is safe. */
      beforeLast: (last) => this.#finish(request, '', last),
      onBroken: (reason) => this.#abortAnswer(request, reason),
    });
    this.#streams.set(request, stream);
    stream.start();
  }

  /** Writes the record of an answered request; `last` sends the last byte, at once or, if audited strictly, afterwards. */
  #finish(request: InFlight, reason: Reason | '', last: () => void): void {
    const { strictAudit } = request.route;
    this.#over(request);
    if (!strictAudit) last();
    this.#recordOver(
      request,
      this.#outcome(request, { status: request.status, decision: 'allow', stage: reason === '' ? '' : 'routing', reason }),
      strictAudit ? last : undefined,
    );
  }

  /** Part of the answer has gone out already: the connection is cut, so that nobody takes it for complete. */
  #abortAnswer(request: InFlight, reason: Reason): void {
    this.#streams.get(request)?.cancel();
    this.#finish(request, reason, () => request.exchange.abort());
  }

  #deny(request: InFlight, denial: Deny, stage: string, sections: Sections | undefined, denialUs: number): void {
    const { exchange, route } = request;
    this.#over(request);
    request.answer = sections;
    const { status } = problemTable[denial.reason];
    const answer = () => {
      request.bytesOut = respondProblem(exchange, denial, request.requestId, quotaHeaders(sections));
    };
    if (!route.strictAudit) answer();
    const outcome = this.#outcome(request, { status, decision: 'deny', stage, reason: denial.reason, denialUs });
    this.#recordOver(request, outcome, route.strictAudit ? answer : undefined);
  }

  /** Denies what no stage has: then the event is the ingress's to publish. */
  #denyHere(request: InFlight, denial: Deny, stage = 'ingress'): void {
    this.#deny(request, denial, stage, undefined, 0);
    this.#options.onDenied(this.#denied(request), denial, stage);
  }

  #denied(request: InFlight): DeniedRequest {
    const { requestId, traceparent, revision, path, clientIp, exchange } = request;
    return { requestId, traceparent, revision, route: request.route.id, method: exchange.method, host: exchange.host, path, clientIp };
  }

  #aborted(request: InFlight): void {
    if (request.phase === 'over') return;
    this.#streams.get(request)?.cancel();
    const streaming = request.phase === 'streaming';
    this.#over(request);
    const decision = streaming ? 'allow' : 'deny';
    this.#recordOver(request, this.#outcome(request, { status: 499, decision, stage: 'ingress', reason: 'client_closed' }));
  }

  #over(request: InFlight): void {
    request.phase = 'over';
    request.body?.close();
    this.#streams.delete(request);
    this.#table.remove(request);
  }

  #outcome(request: InFlight, end: RequestEnd): RequestOutcome {
    return outcomeOf(request, this.#options.instance, end);
  }

  /**
   * Records a request that had a route. `answer` is what waits for the record under `audit: strict`; if the recorder has
   * settled the request as interrupted meanwhile, the client is cut off instead.
   */
  #recordOver(request: InFlight, outcome: RequestOutcome, answer?: () => void): void {
    this.#options.onOver(request, outcome);
    const { intentEpoch, route, exchange } = request;
    if (intentEpoch !== undefined && intentEpoch !== this.#options.lane.epoch) return exchange.abort();
    const onSettled = answer && ((stored: boolean) => (stored ? answer() : exchange.abort()));
    this.#record(outcome, request.answer, onSettled, route.strictAudit && intentEpoch !== undefined);
  }

  #record(outcome: RequestOutcome, sections: Sections | undefined, onSettled?: OnSettled, afterIntent = false): void {
    this.#options.onFinished(outcome.decision, outcome.reason);
    this.#options.lane.add(encodeRecord(outcome, sections), onSettled, afterIntent);
  }

  /** Who is behind a request, and whether a proxy that the policy trusts has brought it. */
  #clientOf(head: RequestHead): { readonly clientIp: string; readonly viaTrustedProxy: boolean } {
    const peer = head.peerAddress;
    const proxies = this.#options.policies.current?.policy.trustedProxies;
    if (proxies === undefined || proxies.isEmpty) return { clientIp: peer, viaTrustedProxy: false };
    const bytes = parseAddress(peer);
    return {
      clientIp: clientAddress(peer, headerValues(head.headers, 'x-forwarded-for'), proxies),
      viaTrustedProxy: bytes !== undefined && proxies.has(bytes),
    };
  }

  /** Denies what nobody has answered in time. Called a few times a second. */
  expire(nowMs: number): void {
    this.#table.forEach((request) => {
      if (request.deadlineMs > nowMs || (request.phase !== 'reading' && request.phase !== 'judging')) return;
      if (request.phase === 'reading' || request.body?.awaitsClient === true) {
        this.#denyHere(request, deny('malformed_request', { detail: 'The body did not arrive in time.' }));
      } else {
        this.#denyHere(request, deny('stage_unavailable', { detail: 'The request was not answered in time.' }));
      }
    });
  }

  /** The broker's word that nobody listens: the requests of the message are denied in the name of auth. */
  undelivered(message: Buffer): void {
    forEachEntry(message, (start, end) => {
      const { slot, generation } = new RequestView(new Sections(message, start, end));
      const request = this.#table.find(slot, generation);
      if (request?.phase === 'judging') this.#denyHere(request, deny('stage_unavailable'), 'auth');
    });
  }
}
