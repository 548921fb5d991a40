import type { NatsConnection } from '@nats-io/transport-node';
import type { Registry } from '@sallyport/observe';
import { stateSubjects } from './accounts.js';

/** How often an instance says unasked that it is alive. */
const heartbeatMs = 1_000;

/** One instance as control sees it. */
export interface InstanceStatus {
  readonly service: string;
  readonly instance: string;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly sentAtMs: number;
  /** The revision it judges by; 0 before the first. */
  readonly revision: number;
  /** Sequence number up to which it has read the control log. */
  readonly controlSequence: number;
  /** Why the newest revision could not be used here; empty when it could. */
  readonly failure: string;
  /** Prometheus' text format; only in answers to `control.collect`. */
  readonly metrics?: string;
}

interface Reporter {
  readonly service: string;
  readonly instance: string;
  readonly state: NatsConnection;
  readonly registry: Registry;
  readonly controlLog: { readonly sequence: number };
}

interface RevisionSource {
  readonly current: { readonly revision: number } | undefined;
  readonly failure: { readonly revision: number; readonly message: string } | undefined;
}

/** Publishes the instance's status every second, and with its metrics whenever control asks. */
export function answerStatusRequests(reporter: Reporter, policies: RevisionSource): void {
  const { service, instance, state, registry } = reporter;
  const startedAtMs = Date.now();
  const publish = (metrics?: string) => {
    if (state.isClosed()) return;
    const status: InstanceStatus = {
      service,
      instance,
      pid: process.pid,
      startedAtMs,
      sentAtMs: Date.now(),
      revision: policies.current?.revision ?? 0,
      controlSequence: reporter.controlLog.sequence,
      failure: policies.failure === undefined ? '' : `revision ${policies.failure.revision}: ${policies.failure.message}`,
      ...(metrics === undefined ? {} : { metrics }),
    };
    state.publish(stateSubjects.status(service, instance), JSON.stringify(status));
  };
  state.subscribe(stateSubjects.collect, {
    callback: () => void registry.metrics().then(publish),
  });
  const timer = setInterval(() => publish(), heartbeatMs);
  timer.unref();
  publish();
}
