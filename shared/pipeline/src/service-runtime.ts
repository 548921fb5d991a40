import { type ByteWriter, readAuth } from '@sallyport/envelope';
import { buildActEvent, buildDenialEvent, type DenialEventFacts } from '@sallyport/events';
import {
  Counter,
  createLogger,
  createRegistry,
  HotCounter,
  type Logger,
  type Registry,
  sampledParent,
  startTracing,
  type Tracing,
} from '@sallyport/observe';
import { deny, type Deny } from '@sallyport/verdict';
import type { NatsConnection } from '@nats-io/transport-node';
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectionWatch } from './connection-watch.js';
import { connectIdentity } from './connect.js';
import { EventPublisher } from './event-publisher.js';
import { ControlLog, type ControlEntry } from './follow-control-log.js';
import { Hop, type HopRequest } from './hop.js';
import { Outbox } from './outbox.js';
import type { CompiledRevision, PolicyStore } from './policy-store.js';
import type { IdentityName } from './accounts.js';
import { type ServiceEnvironment } from './service-environment.js';
import type { StageName } from './stages.js';
import { answerStatusRequests } from './report-status.js';

/** Who is calling, as an event names them. */
export interface CallerFacts {
  readonly consumer: string;
  readonly credentialKind: string;
  readonly credentialId: string;
}

/** What a stage knows of a request that it denies: its own section, and the caller if it has found out. */
export interface KnownFacts extends Partial<CallerFacts> {
  readonly write: (writer: ByteWriter) => void;
}

/** What a service of the pipeline runs on: its two connections, the control log, logs, metrics and events. */
export class ServiceRuntime {
  readonly service: StageName;
  readonly instance: string;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly pipeline: NatsConnection;
  readonly state: NatsConnection;
  readonly pipelineWatch: ConnectionWatch;
  readonly events: EventPublisher;
  /** Undefined where no spans are to be sent. */
  readonly tracing: Tracing | undefined;
  /** Set by `followPolicy`. */
  controlLog!: ControlLog;
  readonly decisions: HotCounter;
  readonly #received: { messages: HotCounter; requests: HotCounter };
  readonly #dropped: Counter;
  readonly #hops: { hop: Hop; outbox: Outbox }[] = [];
  readonly #environment: ServiceEnvironment;

  private constructor(
    environment: ServiceEnvironment,
    service: StageName,
    connections: [NatsConnection, NatsConnection],
    tracing: Tracing | undefined,
  ) {
    this.#environment = environment;
    this.service = service;
    this.instance = environment.instance;
    this.logger = createLogger(service, environment.instance);
    this.registry = createRegistry(service, environment.instance);
    this.tracing = tracing;
    [this.pipeline, this.state] = connections;
    this.pipelineWatch = new ConnectionWatch(this.pipeline);
    this.events = new EventPublisher(this.state, this.logger, this.registry);
    this.decisions = new HotCounter(
      this.registry,
      'sallyport_decisions_total',
      'Requests judged by this stage, by `allow` or the reason of the denial.',
      'reason',
    );
    this.#received = {
      messages: new HotCounter(this.registry, 'sallyport_hop_messages_total', 'Messages received on the bus.', 'hop'),
      requests: new HotCounter(this.registry, 'sallyport_hop_requests_total', 'Requests in those messages.', 'hop'),
    };
    this.#dropped = new Counter({
      name: 'sallyport_hop_dropped_total',
      help: 'Envelopes dropped because they came after their deadline or broke the wire format.',
      labelNames: ['why'],
      registers: [this.registry],
    });
  }

  /** Connects both identities of the service. Rejects when the broker cannot be reached or refuses them. */
  static async start(service: StageName, environment: ServiceEnvironment): Promise<ServiceRuntime> {
    const connection = (identity: IdentityName) =>
      connectIdentity({
        url: environment.natsUrl,
        credentialsDir: environment.credentialsDir,
        identity,
        instance: environment.instance,
      });
    const connections = await Promise.all([connection(service), connection(`${service}.state`)]);
    return new ServiceRuntime(environment, service, connections, await startTracing(service, environment.instance));
  }

  /** Follows control's log: revisions go to `policies`, all else to `onEntry`. Resolves when the log has been read once. */
  async followPolicy(
    policies: PolicyStore<unknown>,
    onEntry: (entry: ControlEntry) => void = () => {},
    onCurrent: () => void = () => {},
  ): Promise<void> {
    this.controlLog = new ControlLog({
      connection: this.state,
      publicKey: createPublicKey(readFileSync(join(this.#environment.credentialsDir, 'control.pub'))),
      logger: this.logger,
      onEntry: (entry) => {
        if (!policies.accept(entry)) onEntry(entry);
      },
      onCurrent: () => {
        policies.settle();
        onCurrent();
      },
      onForged: (key, sequence) => {
        this.logger.error({ key, sequence }, 'an entry of the control log is not signed by control; it is ignored');
        this.publishFault('control_entry_forged', 'An entry of the control log is not signed by control.', { key, sequence });
      },
    });
    answerStatusRequests(this, policies);
    await this.controlLog.poll();
  }

  createHop(stage: Exclude<StageName, 'ingress'>, handle: (request: HopRequest) => void): Hop {
    const outbox = this.createOutbox((message, subject) => hop.undelivered(message, subject));
    const hop: Hop = new Hop({
      stage,
      outbox,
      logger: this.logger,
      received: this.#received,
      handle,
      onMissing: (request, missing) =>
        this.#publish(request, undefined, deny('stage_unavailable', { detail: `No instance of ${missing} answers.` }), 'deny'),
      onDropped: (why) => this.#dropped.inc({ why }),
    });
    this.#hops.push({ hop, outbox });
    return hop;
  }

  createOutbox(onUndelivered: (message: Buffer, subject: string) => void): Outbox {
    return new Outbox({
      connection: this.pipeline,
      watch: this.pipelineWatch,
      inboxPrefix: `_INBOX.${this.service}.${this.instance}.hop${this.#hops.length}`,
      onUndelivered,
      paceMs: this.#environment.paceMs,
    });
  }

  /** Subscribes a hop to its subject. */
  async listen(target: { subject: string; queue?: string }, hop: Hop): Promise<void> {
    this.pipeline.subscribe(target.subject, {
      ...(target.queue === undefined ? {} : { queue: target.queue }),
      callback: (error, message) => {
        if (error !== null) this.logger.error({ err: error, subject: target.subject }, 'the broker refused a subscription');
        else hop.receive(message.data);
      },
    });
    await this.pipeline.flush();
  }

  /** Waits for a revision that the ingress has and this process has not yet; undefined when there is none in time. */
  awaitRevision<Policy>(policies: PolicyStore<Policy>, request: HopRequest): Promise<CompiledRevision<Policy> | undefined> {
    void this.controlLog.poll();
    return policies.waitFor(request.revision, request.deadlineMs);
  }

  /**
   * Denies a request at this stage: answers the ingress, counts it, publishes the event. `known` is what the stage found out
   * all the same.
   */
  deny(
    hop: Hop,
    request: HopRequest,
    route: string | undefined,
    denial: Deny,
    known?: KnownFacts,
  ): void {
    this.decisions.add(denial.reason);
    hop.deny(request, denial, known === undefined ? {} : { writeFacts: known.write });
    this.trace(request, denial.reason);
    this.#publish(request, route, denial, 'deny', known);
  }

  shadowDenied(request: HopRequest, route: string, denial: Deny): void {
    this.#publish(request, route, denial, 'shadow');
  }

  failedOpen(request: HopRequest, route: string): void {
    this.#publish(request, route, { kind: 'deny', reason: 'stage_unavailable' }, 'open');
  }

  #publish(
    request: HopRequest,
    route: string | undefined,
    denial: Deny,
    mode: DenialEventFacts['mode'],
    known?: Partial<CallerFacts>,
  ): void {
    const auth = request.sections.has('auth') ? readAuth(request.sections) : known;
    this.events.publish(
      buildDenialEvent({
        stage: this.service,
        instance: this.instance,
        mode,
        reason: denial.reason,
        detail: denial.detail ?? '',
        route: route ?? '_',
        requestId: request.requestId,
        traceparent: request.traceparent,
        revision: request.revision,
        timeMs: Date.now(),
        method: request.method,
        host: request.host,
        path: request.path,
        clientIp: request.clientIp,
        consumer: auth?.consumer ?? '',
        credentialKind: auth?.credentialKind ?? '',
        credentialId: auth?.credentialId ?? '',
      }),
    );
  }

  /** Records this stage's span of a request, if it is sampled. `reason` is empty when it passed. */
  trace(request: HopRequest, reason: string, attributes: Readonly<Record<string, string | number>> = {}): void {
    if (this.tracing === undefined) return;
    const parent = sampledParent(request.traceparent);
    if (parent === undefined) return;
    const endMs = performance.timeOrigin + performance.now();
    this.tracing.record({
      traceId: parent.traceId,
      parentSpanId: parent.spanId,
      name: this.service,
      kind: this.service === 'routing' ? 'client' : 'internal',
      startMs: performance.timeOrigin + request.arrivedAtMs,
      endMs,
      attributes: {
        'sallyport.request_id': request.requestId,
        'sallyport.revision': request.revision,
        'sallyport.reason': reason,
        ...attributes,
      },
      failed: reason !== '',
    });
  }

  /** Publishes that something is wrong with the gateway itself. */
  publishFault(act: string, message: string, facts: Readonly<Record<string, unknown>>): void {
    const { service, instance } = this;
    this.events.publish(
      buildActEvent({
        stage: service,
        instance,
        act,
        activity: 'other',
        actor: service,
        timeMs: Date.now(),
        severity: 'critical',
        message,
        facts,
      }),
    );
  }

  /** Stops taking requests, lets those in hand go out, and closes the connections. */
  async stop(): Promise<void> {
    this.controlLog?.close();
    await this.pipeline.drain();
    for (const { outbox } of this.#hops) outbox.close();
    await this.events.close();
    await this.tracing?.shutdown();
    await this.state.drain();
  }
}
