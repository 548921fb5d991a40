import { type CloudEvent, eventSubject } from '@sallyport/events';
import { Counter, Gauge, type Logger, type Registry } from '@sallyport/observe';
import { headers as createHeaders, type NatsConnection } from '@nats-io/transport-node';

/** Events kept while the broker cannot take them; beyond, they are counted and the count is published. */
const capacity = 10_000;
/** Events waiting for their acknowledgement at once. */
const windowSize = 64;
const ackTimeoutMs = 2_000;
const retryMs = 250;

/**
 * Publishes security events into JetStream and keeps each until it is acknowledged. The event's id is the message id, so
 * that a repeated publish is stored once.
 */
export class EventPublisher {
  readonly #connection: NatsConnection;
  readonly #logger: Logger;
  readonly #queue: CloudEvent[] = [];
  readonly #dropped: Counter;
  readonly #published: Counter;
  #inFlight = 0;
  #closing = false;

  constructor(connection: NatsConnection, logger: Logger, registry: Registry) {
    this.#connection = connection;
    this.#logger = logger;
    const queue = this.#queue;
    this.#published = new Counter({
      name: 'sallyport_events_published_total',
      help: 'Security events that JetStream has acknowledged.',
      registers: [registry],
    });
    this.#dropped = new Counter({
      name: 'sallyport_events_dropped_total',
      help: 'Security events given up because too many waited for the broker.',
      registers: [registry],
    });
    new Gauge({
      name: 'sallyport_events_waiting',
      help: 'Security events that JetStream has not acknowledged yet.',
      registers: [registry],
      collect() {
        this.set(queue.length);
      },
    });
  }

  publish(event: CloudEvent): void {
    if (this.#queue.length >= capacity) {
      this.#dropped.inc();
      return;
    }
    this.#queue.push(event);
    this.#pump();
  }

  #pump(): void {
    while (this.#inFlight < windowSize && this.#queue.length > 0) {
      const event = this.#queue.shift()!;
      this.#inFlight++;
      void this.#send(event);
    }
  }

  async #send(event: CloudEvent): Promise<void> {
    try {
      for (;;) {
        if (await this.#tryOnce(event)) return;
        if (this.#connection.isClosed()) return;
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    } finally {
      this.#inFlight--;
      if (!this.#closing) this.#pump();
    }
  }

  async #tryOnce(event: CloudEvent): Promise<boolean> {
    try {
      const headers = createHeaders();
      headers.set('Nats-Msg-Id', event.id);
      const answer = await this.#connection.request(eventSubject(event), JSON.stringify(event), {
        timeout: ackTimeoutMs,
        headers,
      });
      const ack = answer.json<{ seq?: number; error?: { description: string } }>();
      if (ack.seq === undefined) throw new Error(ack.error?.description ?? 'no acknowledgement');
      this.#published.inc();
      return true;
    } catch (error) {
      this.#logger.debug({ err: error, type: event.type }, 'a security event was not acknowledged; it is sent again');
      return false;
    }
  }

  /** Waits for what is under way, at most two seconds. */
  async close(): Promise<void> {
    const until = Date.now() + ackTimeoutMs;
    while ((this.#inFlight > 0 || this.#queue.length > 0) && Date.now() < until) {
      this.#pump();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.#closing = true;
  }
}
