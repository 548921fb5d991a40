import { JetStreamApiError, jetstream, type JetStreamClient, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

/** A batch of a stream: where it starts, where it ends, and its number, under which ClickHouse knows it. */
export interface BatchPlan {
  readonly batch: number;
  readonly fromSequence: number;
  readonly toSequence: number;
}

const bucket = 'KV_recorder';
const wrongLastSequence = 10_071;

/**
 * Where the writing of one stream stands: the newest planned batch. All before it are written; it may be, or may not be, and
 * is written again by whoever starts. Plans are made one after another by compare-and-set, so that two recorders, or one
 * that was stopped for a while, can only ever write the same batches.
 */
export class StreamPosition {
  readonly #connection: NatsConnection;
  readonly #js: JetStreamClient;
  readonly #subject: string;
  #revision = 0;
  #plan: BatchPlan = { batch: 0, fromSequence: 1, toSequence: 0 };

  constructor(connection: NatsConnection, stream: string) {
    this.#connection = connection;
    this.#js = jetstream(connection);
    this.#subject = `$KV.recorder.${stream}`;
  }

  static async ensureBucket(connection: NatsConnection, replicas: number): Promise<void> {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({
      name: bucket,
      subjects: ['$KV.recorder.>'],
      max_msgs_per_subject: 1,
      allow_direct: true,
      num_replicas: replicas,
    });
  }

  /** The newest planned batch; number 0 with nothing in it before the first. */
  get plan(): BatchPlan {
    return this.#plan;
  }

  async load(): Promise<BatchPlan> {
    const manager = await jetstreamManager(this.#connection);
    const stored = await manager.streams.getMessage(bucket, { last_by_subj: this.#subject });
    if (stored !== null) {
      this.#revision = stored.seq;
      this.#plan = stored.json<BatchPlan>();
    }
    return this.#plan;
  }

  /** Plans the next batch; false when another recorder has planned meanwhile, whose plan is then to be loaded. */
  async advance(toSequence: number): Promise<boolean> {
    const next: BatchPlan = { batch: this.#plan.batch + 1, fromSequence: this.#plan.toSequence + 1, toSequence };
    try {
      const ack = await this.#js.publish(this.#subject, JSON.stringify(next), {
        expect: { lastSubjectSequence: this.#revision },
      });
      this.#revision = ack.seq;
      this.#plan = next;
      return true;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === wrongLastSequence) return false;
      throw error;
    }
  }
}
