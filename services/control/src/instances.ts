import { type InstanceStatus, stateSubjects } from '@sallyport/pipeline';
import type { NatsConnection } from '@nats-io/transport-node';

/** An instance that has been silent for longer counts as gone. */
const silentMs = 3_500;
const collectMs = 300;
const readMs = 2_000;
const readPollMs = 20;

/** Every service without which no request can be judged. */
export const pipelineServices = ['ingress', 'auth', 'quota', 'validation', 'routing'] as const;

/** Which instances are alive, by what they say of themselves every second. */
export class Instances {
  readonly #connection: NatsConnection;
  readonly #seen = new Map<string, { readonly status: InstanceStatus; readonly atMs: number }>();
  readonly #listeners = new Set<(status: InstanceStatus) => void>();

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    connection.subscribe('status.>', {
      callback: (error, message) => {
        const reported = error === null ? readStatus(message.subject, message.data) : undefined;
        if (reported === undefined) return;
        const { metrics: _, ...status } = reported;
        this.#seen.set(`${status.service}/${status.instance}`, { status, atMs: performance.now() });
        for (const listener of this.#listeners) listener(reported);
      },
    });
  }

  get alive(): readonly InstanceStatus[] {
    const oldest = performance.now() - silentMs;
    for (const [id, { atMs }] of this.#seen) if (atMs < oldest) this.#seen.delete(id);
    return [...this.#seen.values()].map(({ status }) => status);
  }

  /** The pipeline's services of which no instance is alive and serves a revision. */
  get missing(): readonly string[] {
    const serving = new Set(this.alive.filter(({ revision }) => revision > 0).map(({ service }) => service));
    return pipelineServices.filter((service) => !serving.has(service));
  }

  /** Live instances of the pipeline that do not serve `revision` yet. */
  lagging(revision: number): readonly InstanceStatus[] {
    const stages: readonly string[] = pipelineServices;
    return this.alive.filter((status) => stages.includes(status.service) && status.revision < revision);
  }

  /** Waits until every live instance of `service` has read the control log up to `sequence`, at most 2 s; false when one has not. */
  async hasRead(service: string, sequence: number): Promise<boolean> {
    const untilMs = performance.now() + readMs;
    while (this.alive.some((status) => status.service === service && status.controlSequence < sequence)) {
      if (performance.now() > untilMs) return false;
      this.ask();
      await new Promise((resolve) => setTimeout(resolve, readPollMs));
    }
    return true;
  }

  /** Asks all for their status and metrics, ahead of the next second. */
  ask(): void {
    if (!this.#connection.isClosed()) this.#connection.publish(stateSubjects.collect);
  }

  /** Asks all for their metrics and waits until all that are alive have answered, at most 300 ms. */
  async collectMetrics(): Promise<readonly string[]> {
    const expected = new Set(this.alive.map(({ service, instance }) => `${service}/${instance}`));
    const texts = new Map<string, string>();
    await new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
        resolve();
      };
      const listener = ({ service, instance, metrics }: InstanceStatus) => {
        if (metrics === undefined) return;
        texts.set(`${service}/${instance}`, metrics);
        expected.delete(`${service}/${instance}`);
        if (expected.size === 0) finish();
      };
      const timer = setTimeout(finish, collectMs);
      this.#listeners.add(listener);
      this.ask();
    });
    return [...texts.values()];
  }
}

/** The broker lets a service publish on its own subjects only, so what is said elsewhere about it does not count. */
function readStatus(subject: string, data: Uint8Array): InstanceStatus | undefined {
  try {
    const status = JSON.parse(Buffer.from(data).toString()) as InstanceStatus;
    return subject === stateSubjects.status(status.service, status.instance) ? status : undefined;
  } catch {
    return undefined;
  }
}
