import { PolicyStore, readServiceEnvironment, runService, ServiceRuntime, subjects } from '@sallyport/pipeline';
import { buildDenialEvent } from '@sallyport/events';
import { Counter, Gauge, HotCounter, sampledParent } from '@sallyport/observe';
import { BodyBudget } from './body-budget.js';
import { listenUws } from './edge/listen-uws.js';
import { Gateway } from './gateway.js';
import { compileIngressPolicy, type IngressPolicy } from './policy.js';
import { readIngressEnvironment } from './read-ingress-environment.js';
import { newRequestId } from './request-id.js';
import { requestSpan } from './request-span.js';
import { TelemetryLane } from './telemetry-lane.js';

/** How often overdue requests are looked for. */
const expiryMs = 50;
/** Bytes of bodies that are kept until two stages have read them. */
const bodyBudgetBytes = 8 * 1024 * 1024;

runService('ingress', async () => {
  const environment = readServiceEnvironment();
  const { host, port, limits, sampleRatio, drainMs } = readIngressEnvironment();
  const runtime = await ServiceRuntime.start('ingress', environment);
  const { instance, logger, registry } = runtime;
  const policies = new PolicyStore<IngressPolicy>(({ document }) => compileIngressPolicy(document), logger);
  const lane = new TelemetryLane({
    connection: runtime.state,
    instance,
    logger,
    onFenced: (dropped) => logger.warn({ dropped }, 'the recorder took this ingress for dead; records go on in a new lane'),
  });
  const finished = new HotCounter(registry, 'sallyport_requests_total', 'Requests answered, by reason; `allow` for none.', 'reason');
  const outbox = runtime.createOutbox((message) => gateway.undelivered(message));
  const gateway: Gateway = new Gateway({
    instance,
    policies,
    outbox,
    lane,
    budget: new BodyBudget(bodyBudgetBytes),
    sampleRatio,
    brokerUp: () => runtime.pipelineWatch.up,
    onFinished: (decision, reason) => finished.add(decision === 'allow' && reason === '' ? 'allow' : reason),
    onOver: ({ traceparent, parentSpanId, requestId }, outcome) => {
      const span = runtime.tracing && sampledParent(traceparent);
      if (span) runtime.tracing?.record({ ...span, parentSpanId, ...requestSpan(requestId, outcome) });
    },
    onDenied: (request, denial) =>
      runtime.events.publish(
        buildDenialEvent({
          ...request,
          stage: 'ingress',
          instance,
          mode: 'deny',
          reason: denial.reason,
          detail: denial.detail ?? '',
          timeMs: Date.now(),
          consumer: '',
          credentialKind: '',
          credentialId: '',
        }),
      ),
  });
  new Gauge({
    name: 'sallyport_ingress_in_flight',
    help: 'Requests let in and not yet answered.',
    registers: [registry],
    collect() {
      this.set(gateway.inFlight);
    },
  });
  new Gauge({
    name: 'sallyport_ingress_records_waiting_bytes',
    help: 'Bytes of records that JetStream has not acknowledged yet.',
    registers: [registry],
    collect() {
      this.set(lane.waitingBytes);
    },
  });

  const unparsed = new Counter({
    name: 'sallyport_ingress_unparsed_total',
    help: 'Connections that ended before the parser could make out a request.',
    registers: [registry],
  });

  await runtime.followPolicy(policies);
  for (const subject of [subjects.deny(instance), subjects.response(instance), subjects.pull(instance)]) {
    runtime.pipeline.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) gateway.receive(message.data);
      },
    });
  }
  await runtime.pipeline.flush();
  const expiry = setInterval(() => gateway.expire(Date.now()), expiryMs);
  const listener = await listenUws({
    host,
    port,
    limits,
    newRequestId: () => newRequestId(Date.now()),
    onRequest: gateway.onRequest,
    onRefused: gateway.onRefused,
    onUnparsed: () => unparsed.inc(),
  });
  logger.info({ host, port: listener.port }, 'listening');

  return async () => {
    await listener.close(drainMs);
    clearInterval(expiry);
    await lane.close(drainMs);
    await runtime.stop();
  };
});
