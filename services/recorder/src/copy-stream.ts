import { jetstreamManager } from '@nats-io/jetstream';
import type { Logger } from '@sallyport/observe';
import type { NatsConnection } from '@nats-io/transport-node';
import { type BatchPlan, StreamPosition } from './stream-position.js';
import { StreamReader, type StoredMessage } from './stream-reader.js';

export interface CopyOptions {
  readonly connection: NatsConnection;
  readonly stream: string;
  readonly logger: Logger;
  /** A batch ends when it holds this much, or this long after its first message. */
  readonly maxBytes: number;
  readonly gatherMs: number;
  /** Writes one batch. It may be called again with the same batch and must then change nothing. False: told to stop. */
  readonly write: (messages: readonly StoredMessage[], plan: BatchPlan) => Promise<boolean>;
  readonly onWritten: (messages: readonly StoredMessage[]) => void;
}

const faultPauseMs = 500;
const idleMs = 1_000;

/** Copies a stream batch by batch into somewhere else, every batch in order and at least once under one number. */
export class StreamCopy {
  readonly #options: CopyOptions;
  readonly #position: StreamPosition;
  #stopping = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: CopyOptions) {
    this.#options = options;
    this.#position = new StreamPosition(options.connection, options.stream);
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Ends after the batch in hand. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      try {
        await this.#copyFromPosition();
      } catch (error) {
        if (this.#stopping) return;
        this.#options.logger.warn({ err: error, stream: this.#options.stream }, 'copying was interrupted and starts again');
        await new Promise((resolve) => setTimeout(resolve, faultPauseMs));
      }
    }
  }

  /** Writes the newest planned batch once more, since nobody knows whether it was, and then plans and writes on. */
  async #copyFromPosition(): Promise<void> {
    const { connection, stream } = this.#options;
    const planned = await this.#position.load();
    const repeat = planned.batch > 0 && !(await this.#isPurged(planned));
    const reader = await StreamReader.open(connection, stream, repeat ? planned.fromSequence : planned.toSequence + 1);
    try {
      let carried: StoredMessage | undefined;
      if (repeat) {
        const { messages, beyond } = await this.#gatherUpTo(reader, planned.toSequence);
        carried = beyond;
        if (this.#stopping || !(await this.#write(messages, planned))) return;
      }
      while (!this.#stopping) {
        const messages = await this.#gather(reader, carried);
        carried = undefined;
        if (messages.length === 0) continue;
        if (!(await this.#position.advance(messages.at(-1)!.sequence))) return;
        if (!(await this.#write(messages, this.#position.plan))) return;
      }
    } finally {
      await reader.close();
    }
  }

  async #write(messages: readonly StoredMessage[], plan: BatchPlan): Promise<boolean> {
    const done = await this.#options.write(messages, plan);
    if (done) this.#options.onWritten(messages);
    return done;
  }

  /** The messages of a batch that was planned earlier, every one of them: a part of it under its number would lose the rest. */
  async #gatherUpTo(
    reader: StreamReader,
    toSequence: number,
  ): Promise<{ messages: StoredMessage[]; beyond: StoredMessage | undefined }> {
    const messages: StoredMessage[] = [];
    while (!this.#stopping) {
      const message = await reader.next(idleMs);
      if (message === undefined) continue;
      if (message.sequence > toSequence) return { messages, beyond: message };
      messages.push(message);
      if (message.sequence === toSequence) return { messages, beyond: undefined };
    }
    return { messages: [], beyond: undefined };
  }

  /** What has been purged has been written before. */
  async #isPurged(plan: BatchPlan): Promise<boolean> {
    const manager = await jetstreamManager(this.#options.connection);
    const { state } = await manager.streams.info(this.#options.stream);
    return state.first_seq > plan.fromSequence;
  }

  async #gather(reader: StreamReader, carried: StoredMessage | undefined): Promise<StoredMessage[]> {
    const { maxBytes, gatherMs } = this.#options;
    const first = carried ?? (await reader.next(idleMs));
    if (first === undefined) return [];
    const messages = [first];
    let bytes = first.data.length;
    const until = performance.now() + gatherMs;
    while (bytes < maxBytes && !this.#stopping) {
      const message = await reader.next(Math.max(0, until - performance.now()));
      if (message === undefined) {
        if (performance.now() >= until) break;
        continue;
      }
      messages.push(message);
      bytes += message.data.length;
    }
    return messages;
  }
}
