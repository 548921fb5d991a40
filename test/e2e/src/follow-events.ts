import { jetstream } from '@nats-io/jetstream';
import { connectIdentity } from '@sallyport/pipeline';
import type { NatsConnection } from '@nats-io/transport-node';

export interface PublishedEvent {
  readonly subject: string;
  readonly type: string;
  readonly requestId: string;
  readonly event: Readonly<Record<string, unknown>>;
}

/** All security events of a gateway from the first on, read with the subscriber's identity as any NATS client may. */
export class EventLog {
  readonly #connection: NatsConnection;
  readonly #events: PublishedEvent[] = [];

  private constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  static async follow(url: string, credentialsDir: string): Promise<EventLog> {
    const connection = await connectIdentity({ url, credentialsDir, identity: 'subscriber', instance: 'test' });
    const log = new EventLog(connection);
    const reader = await jetstream(connection).consumers.get('SECURITY');
    const messages = await reader.consume();
    void (async () => {
      for await (const message of messages) {
        const event = message.json<Record<string, unknown>>();
        const { subject } = message;
        log.#events.push({ subject, type: String(event['type']), requestId: String(event['requestid'] ?? ''), event });
      }
    })();
    return log;
  }

  /** Undefined as long as there is none. */
  ofRequest(requestId: string): readonly string[] | undefined {
    const found = this.#events.filter((event) => event.requestId === requestId);
    return found.length > 0 ? found.map(({ subject }) => subject) : undefined;
  }

  ofType(type: string): readonly PublishedEvent[] {
    return this.#events.filter((event) => event.type === type);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
