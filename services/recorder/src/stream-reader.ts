import { type ConsumerMessages, DeliverPolicy, jetstream, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

/** Messages fetched ahead of the writer. */
const aheadBytes = 16 * 1024 * 1024;

/** What is kept of a message. */
export interface StoredMessage {
  readonly sequence: number;
  readonly subject: string;
  readonly timeMs: number;
  readonly data: Uint8Array;
  readonly closesLane: boolean;
  readonly fence: boolean;
}

/** Reads a stream in order from a sequence on. `next` waits for a message, at most `waitMs`. */
export class StreamReader {
  readonly #messages: ConsumerMessages;
  readonly #queue: StoredMessage[] = [];
  #wake: (() => void) | undefined;
  /** Set when the subscription has ended; a new reader is needed. */
  failed: Error | undefined;

  private constructor(messages: ConsumerMessages) {
    this.#messages = messages;
    void this.#fill();
  }

  static async open(connection: NatsConnection, stream: string, fromSequence: number): Promise<StreamReader> {
    const consumer = await jetstream(connection).consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: fromSequence,
    });
    return new StreamReader(await consumer.consume({ max_bytes: aheadBytes, expires: 5_000 }));
  }

  async #fill(): Promise<void> {
    try {
      for await (const message of this.#messages) {
        this.#queue.push(stored(message));
        this.#wake?.();
      }
      this.failed ??= new Error('the subscription ended');
    } catch (error) {
      this.failed = error instanceof Error ? error : new Error(String(error));
    }
    this.#wake?.();
  }

  async next(waitMs: number): Promise<StoredMessage | undefined> {
    if (this.#queue.length === 0 && this.failed === undefined && waitMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    const message = this.#queue.shift();
    if (message === undefined && this.failed !== undefined) throw this.failed;
    return message;
  }

  async close(): Promise<void> {
    await this.#messages.close();
  }
}

function stored(message: JsMsg): StoredMessage {
  return {
    sequence: message.seq,
    subject: message.subject,
    timeMs: message.info.timestampNanos / 1e6,
    data: message.data,
    closesLane: message.headers?.get('Sallyport-Lane') === 'closed',
    fence: message.headers?.get('Sallyport-Fenced') === 'true',
  };
}
