import { AckPolicy, type Consumer, DeliverPolicy, jetstream, jetstreamManager, JetStreamApiError, type JsMsg } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { randomBytes } from 'node:crypto';
import { RefusedError } from '../refused-error.js';

const stream = 'SECURITY';
const streamNotFound = 10_059;
/** The broker forgets a reader that was cut off after this long. */
const forgottenMs = 60_000;
/** A replay that gets nothing for so long has lost the broker. */
const silentMs = 10_000;

export interface EventQuery {
  /** Subject with wildcards. */
  readonly subject: string;
  /** Events stored from then on; undefined: only those that come. */
  readonly sinceMs: number | undefined;
  /** Goes on with new ones after those that are stored. */
  readonly follow: boolean;
}

/**
 * Opens stored security events in order, each once and each as one line of JSON. They end when `signal` aborts, and without
 * `follow` where the stream ended when it was asked. Throws `RefusedError` (503) when there is no stream or the broker is gone.
 */
export async function openEvents(connection: NatsConnection, query: EventQuery, signal: AbortSignal): Promise<AsyncGenerator<string>> {
  const start = await findStart(connection, query).catch(explainMissing);
  const consumer = await jetstream(connection).consumers.get(stream, {
    filter_subjects: query.subject,
    // A number rather than a time: with a time, the client cannot go on after it has lost the broker.
    opt_start_seq: start,
    inactive_threshold: forgottenMs,
  });
  return readLines(consumer, query.follow, signal);
}

async function* readLines(consumer: Consumer, follow: boolean, signal: AbortSignal): AsyncGenerator<string> {
  try {
    const { num_pending: pending } = await consumer.info(true);
    if (signal.aborted || (!follow && pending === 0)) return;
    const messages = await consumer.consume({ max_messages: 256, expires: 5_000 });
    const stop = () => messages.stop();
    signal.addEventListener('abort', stop);
    const watchdog = follow ? undefined : setTimeout(() => messages.stop(new RefusedError(503, 'NATS does not answer')), silentMs);
    try {
      for await (const message of messages) {
        if (signal.aborted) return;
        watchdog?.refresh();
        const line = asLine(message);
        if (line !== undefined) yield line;
        if (!follow && message.info.pending === 0) return;
      }
    } finally {
      clearTimeout(watchdog);
      signal.removeEventListener('abort', stop);
      messages.stop();
    }
  } finally {
    await consumer.delete().catch(() => false);
  }
}

/** The sequence number to start at. Where a time falls in the stream, the broker says to a consumer made for the question. */
async function findStart(connection: NatsConnection, { subject, sinceMs }: EventQuery): Promise<number> {
  const manager = await jetstreamManager(connection);
  if (sinceMs === undefined) return (await manager.streams.info(stream)).state.last_seq + 1;
  const { name, delivered } = await manager.consumers.add(stream, {
    name: `since_${randomBytes(8).toString('hex')}`,
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: new Date(sinceMs).toISOString(),
    filter_subject: subject,
    ack_policy: AckPolicy.None,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: nanos(forgottenMs),
  });
  await manager.consumers.delete(stream, name);
  return delivered.stream_seq + 1;
}

/** Only somebody with a stolen identity publishes what is not JSON. */
function asLine(message: JsMsg): string | undefined {
  try {
    return JSON.stringify(message.json()) + '\n';
  } catch {
    return undefined;
  }
}

function explainMissing(error: unknown): never {
  if (error instanceof JetStreamApiError && error.code === streamNotFound) {
    throw new RefusedError(503, 'there is no stream of security events yet; the recorder makes it when it starts');
  }
  throw error;
}
