import { jetstream, jetstreamManager, JetStreamApiError, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { AppendChannel, type AppendOutcome } from './append-channel.js';

export interface JournalStoreOptions {
  /** What the stream may hold; about three times what all counters take (90 bytes each). */
  readonly maxBytes: number;
  readonly replicas: number;
  /** How long an append or a read may take before its outcome counts as unknown. */
  readonly timeoutMs: number;
}

export const journalDefaults: JournalStoreOptions = { maxBytes: 256 * 1024 * 1024, replicas: 1, timeoutMs: 500 };

export interface StoredRecord {
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

/** Replicas elect a leader first. */
const BUILD_TIMEOUT_MS = 10_000;
export const JOURNAL_STREAM = 'QUOTA_JOURNAL';

/** The journals, as their writers see them. */
export type JournalLog = Pick<JournalStore, 'append' | 'last' | 'replay' | 'purgeBefore'>;

/** The stream that journals live in: one subject a partition, each appended by one writer at a time. */
export class JournalStore {
  readonly #channel: AppendChannel;
  readonly #js: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #timeoutMs: number;

  private constructor(channel: AppendChannel, js: JetStreamClient, manager: JetStreamManager, timeoutMs: number) {
    this.#channel = channel;
    this.#js = js;
    this.#manager = manager;
    this.#timeoutMs = timeoutMs;
  }

  /** Opens the stream, and makes it where there is none. */
  static async open(connection: NatsConnection, options: JournalStoreOptions = journalDefaults): Promise<JournalStore> {
    const builder = await jetstreamManager(connection, { timeout: BUILD_TIMEOUT_MS, checkAPI: false });
    const exists = await builder.streams.info(JOURNAL_STREAM).then(() => true, isStreamMissing);
    if (!exists) {
      await builder.streams.add({
        name: JOURNAL_STREAM,
        subjects: ['quota.journal.*'],
        storage: 'file',
        retention: 'limits',
        // What does not fit is refused, so that nothing written is ever lost to make room.
        discard: 'new',
        max_bytes: options.maxBytes,
        num_replicas: options.replicas,
        deny_delete: true,
      }).catch(ignoreStreamExists);
    }
    const { timeoutMs } = options;
    const manager = await jetstreamManager(connection, { timeout: timeoutMs, checkAPI: false });
    const channel = new AppendChannel(connection, JOURNAL_STREAM, timeoutMs);
    return new JournalStore(channel, jetstream(connection, { timeout: timeoutMs }), manager, timeoutMs);
  }

  /** Appends under way are answered as unknown. */
  close(): void {
    this.#channel.close();
  }

  /** Appends if the partition's last record is still `expected` (0: none): the fence against a second writer. */
  append(partition: number, bytes: Uint8Array, expected: number): Promise<AppendOutcome> {
    return this.#channel.append(subjectOf(partition), bytes, expected);
  }

  /** The last record of a partition, as the stream's leader knows it. */
  async last(partition: number): Promise<StoredRecord | undefined> {
    const message = await this.#manager.streams.getMessage(JOURNAL_STREAM, { last_by_subj: subjectOf(partition) });
    return message === null ? undefined : { sequence: message.seq, bytes: message.data };
  }

  /** All records of a partition up to and with `sequence`, in order. Throws where it cannot read them all in time. */
  async replay(partition: number, sequence: number, apply: (bytes: Uint8Array) => void): Promise<void> {
    const consumer = await this.#js.consumers.get(JOURNAL_STREAM, { filter_subjects: subjectOf(partition) });
    const messages = await consumer.consume({ max_messages: 1000 });
    const stalled = setTimeout(() => messages.stop(new Error(`the journal of partition ${partition} cannot be read`)), 10 * this.#timeoutMs);
    try {
      for await (const message of messages) {
        stalled.refresh();
        if (message.seq <= sequence) apply(message.data);
        if (message.seq >= sequence) return;
      }
      throw new Error(`the journal of partition ${partition} ended before ${sequence}`);
    } finally {
      clearTimeout(stalled);
      messages.stop();
      await consumer.delete().catch(() => undefined);
    }
  }

  /** Drops a partition's records before `sequence`. */
  async purgeBefore(partition: number, sequence: number): Promise<void> {
    await this.#manager.streams.purge(JOURNAL_STREAM, { filter: subjectOf(partition), seq: sequence });
  }
}

function subjectOf(partition: number): string {
  return `quota.journal.${partition}`;
}

/** Another instance may have made it meanwhile, even with other bounds. */
function ignoreStreamExists(cause: unknown): void {
  if (!(cause instanceof JetStreamApiError && cause.code === 10058)) throw cause;
}

function isStreamMissing(cause: unknown): false {
  if (cause instanceof JetStreamApiError && cause.code === 10059) return false;
  throw cause;
}
