import { JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { InstanceStatus } from '@sallyport/pipeline';
import type { Logger } from '@sallyport/observe';
import { headers as createHeaders, type NatsConnection } from '@nats-io/transport-node';

/** An ingress that has been silent for so long is taken for dead. */
const silentMs = 5_000;
const checkMs = 1_000;
/** A check that comes this late means that this process itself was stopped, or cut off. */
const lateMs = 2_500;
const wrongLastSequence = 10_071;

/**
 * Closes the lanes of ingresses that have died, so that what belongs to them can be settled. The close is appended with the
 * expected last sequence: if the ingress publishes after all, one of the two finds itself refused.
 */
export class LaneFence {
  readonly #connection: NatsConnection;
  readonly #logger: Logger;
  readonly #heardAtMs = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #watchingSinceMs = performance.now();
  #checkedAtMs = performance.now();
  #checking = false;

  constructor(connection: NatsConnection, logger: Logger) {
    this.#connection = connection;
    this.#logger = logger;
    connection.subscribe('status.ingress.*', {
      callback: (error, message) => {
        if (error === null) this.#heardAtMs.set(message.json<InstanceStatus>().instance, performance.now());
      },
    });
    this.#timer = setInterval(() => void this.#check(), checkMs);
  }

  /** Called when the connection was away: nobody could have been heard meanwhile. */
  reset(): void {
    this.#watchingSinceMs = performance.now();
  }

  async #check(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#checkedAtMs > lateMs) this.reset();
    this.#checkedAtMs = nowMs;
    if (this.#checking || nowMs - this.#watchingSinceMs < silentMs) return;
    this.#checking = true;
    try {
      for (const [lane, last] of await this.#openLanes()) await this.#fence(lane, last);
    } catch (error) {
      this.#logger.warn({ err: error }, 'lanes could not be checked');
    } finally {
      this.#checking = false;
    }
  }

  #isSilent(lane: string): boolean {
    const instance = instanceOf(lane);
    const heardAtMs = this.#heardAtMs.get(instance) ?? this.#watchingSinceMs;
    return performance.now() - Math.max(heardAtMs, this.#watchingSinceMs) > silentMs;
  }

  /** Lanes of silent ingresses that are not closed, with the sequence they end at. */
  async #openLanes(): Promise<Map<string, number>> {
    const manager = await jetstreamManager(this.#connection);
    const { state } = await manager.streams.info('TELEMETRY', { subjects_filter: 'telemetry.*' });
    const open = new Map<string, number>();
    for (const lane of Object.keys(state.subjects ?? {})) {
      if (!this.#isSilent(lane)) continue;
      const last = await manager.streams.getMessage('TELEMETRY', { last_by_subj: lane });
      if (last !== null && last.header.get('Sallyport-Lane') !== 'closed') open.set(lane, last.seq);
    }
    return open;
  }

  async #fence(lane: string, lastSequence: number): Promise<void> {
    if (!this.#isSilent(lane)) return;
    const headers = createHeaders();
    headers.set('Sallyport-Lane', 'closed');
    headers.set('Sallyport-Fenced', 'true');
    try {
      await jetstream(this.#connection).publish(lane, '', { headers, expect: { lastSubjectSequence: lastSequence } });
      this.#logger.warn({ lane }, 'an ingress is silent; its lane is closed');
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === wrongLastSequence) return;
      throw error;
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** `telemetry.<instance>_<n>`. */
export function instanceOf(lane: string): string {
  return lane.slice('telemetry.'.length).replace(/_\d+$/, '');
}
