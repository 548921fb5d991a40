import { headers as createHeaders, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { stateSubjects } from '@sallyport/pipeline';
import type { Logger } from '@sallyport/observe';
import { type OnSettled, RecordGroup } from './record-group.js';

/** Longest time a record waits for others before it is sent. */
const gatherMs = 20;
const fullRecords = 1_000;
const fullBytes = 512 * 1024;
const ackTimeoutMs = 2_000;
const retryMs = 100;
/** Records kept while the broker cannot take them; beyond, new requests are refused. */
const capacityBytes = 32 * 1024 * 1024;
const wrongLastSequence = 10_071;
const wrongLastSubjectSequence = 10_164;

export interface TelemetryLaneOptions {
  readonly connection: NatsConnection;
  readonly instance: string;
  readonly logger: Logger;
  /** Called when the recorder has closed the lane because this ingress seemed dead. */
  readonly onFenced: (dropped: number) => void;
}

/**
 * This ingress's records on their way into JetStream, in groups, one group at a time. Every group states the sequence of
 * the one before, so that it is stored once however often it is sent, and not at all once the recorder has closed the
 * lane. A record's `onSettled` is called when JetStream has acknowledged it, or when that can no longer be.
 */
export class TelemetryLane {
  readonly #options: TelemetryLaneOptions;
  #lane = 1;
  #group = 0;
  #lastSequence = 0;
  #open = new RecordGroup();
  /** Groups that are full and wait for the one under way. */
  readonly #full: RecordGroup[] = [];
  #fullBytes = 0;
  #sendingBytes = 0;
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(options: TelemetryLaneOptions) {
    this.#options = options;
  }

  /** More records wait than are allowed to; nothing new may be let in. */
  get full(): boolean {
    return this.waitingBytes >= capacityBytes;
  }

  /** One more with every lane. An intent holds in the lane in which it was stored. */
  get epoch(): number {
    return this.#lane;
  }

  get waitingBytes(): number {
    return this.#open.bytes + this.#fullBytes + this.#sendingBytes;
  }

  /** Adds one line: a row as a JSON array, or an intent as a JSON object. With `onSettled` it is sent without delay. */
  add(line: string, onSettled?: OnSettled, afterIntent = false): void {
    const group = this.#open;
    group.add(line, onSettled, afterIntent);
    if (group.bytes >= fullBytes) {
      this.#open = new RecordGroup();
      this.#full.push(group);
      this.#fullBytes += group.bytes;
    }
    if (this.#sending !== undefined) return;
    if (onSettled !== undefined || group.count >= fullRecords || this.#full.length > 0) this.#sendSoon();
    else this.#timer ??= setTimeout(() => this.#send(), gatherMs);
  }

  /** What becomes ready in the same turn shares the group. */
  #sendSoon(): void {
    if (this.#soon !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#soon = setImmediate(() => this.#send());
  }

  #send(): void {
    this.#timer = undefined;
    this.#soon = undefined;
    if (this.#sending !== undefined) return;
    const group = this.#takeGroup();
    if (group === undefined) return;
    this.#sendingBytes = group.bytes;
    this.#sending = this.#store(group).finally(() => {
      this.#sending = undefined;
      this.#sendingBytes = 0;
      if (this.#full.length > 0 || this.#open.urgent || this.#open.count >= fullRecords || this.#closed) this.#send();
      else if (this.#open.count > 0) this.#timer ??= setTimeout(() => this.#send(), gatherMs);
    });
  }

  #takeGroup(): RecordGroup | undefined {
    const full = this.#full.shift();
    if (full !== undefined) {
      this.#fullBytes -= full.bytes;
      return full;
    }
    if (this.#open.count === 0) return undefined;
    const group = this.#open;
    this.#open = new RecordGroup();
    return group;
  }

  get #laneName(): string {
    return `${this.#options.instance}_${this.#lane}`;
  }

  async #store(group: RecordGroup): Promise<void> {
    while (group.count > 0) {
      const outcome = await this.#publish(`${this.#laneName}.${this.#group}`, group.payload());
      if (outcome === 'stored') {
        this.#group++;
        group.stored();
        return;
      }
      if (outcome === 'fenced') this.#openNewLane(group);
      else if (this.#options.connection.isClosed()) return;
      else await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  /** What hangs on an intent of the closed lane has been settled by the recorder; all else goes on in a new lane. */
  #openNewLane(sending: RecordGroup): void {
    let dropped = 0;
    for (const group of [sending, ...this.#full, this.#open]) dropped += group.dropAfterIntent();
    this.#lane++;
    this.#group = 0;
    this.#lastSequence = 0;
    this.#options.onFenced(dropped);
  }

  async #publish(id: string, payload: Uint8Array, closing = false): Promise<'stored' | 'fenced' | 'again'> {
    const headers = createHeaders();
    headers.set('Nats-Msg-Id', id);
    headers.set('Nats-Expected-Last-Subject-Sequence', String(this.#lastSequence));
    if (closing) headers.set('Sallyport-Lane', 'closed');
    try {
      const subject = stateSubjects.telemetry(this.#laneName);
      const answer = await this.#options.connection.request(subject, payload, { timeout: ackTimeoutMs, headers });
      const ack = answer.json<{ seq?: number; error?: { err_code: number; description: string } }>();
      if (ack.error === undefined && ack.seq !== undefined) {
        this.#lastSequence = ack.seq;
        return 'stored';
      }
      const code = ack.error?.err_code;
      if (code === wrongLastSequence || code === wrongLastSubjectSequence) return await this.#resolveConflict(id, subject);
      this.#options.logger.warn({ error: ack.error }, 'JetStream refused a group of records; it is sent again');
      return 'again';
    } catch (error) {
      this.#options.logger.debug({ err: error }, 'a group of records was not acknowledged; it is sent again');
      return 'again';
    }
  }

  /**
   * The lane's last message is not the one expected: it is this very group, whose acknowledgement was lost, or a fence,
   * before which this group may still have come.
   */
  async #resolveConflict(id: string, subject: string): Promise<'stored' | 'fenced' | 'again'> {
    const last = await this.#get({ last_by_subj: subject });
    if (last === undefined) {
      // The recorder has purged what it had written; nothing of this group can have been in it.
      this.#lastSequence = 0;
      return 'again';
    }
    if (last.get('Nats-Msg-Id') === id) {
      this.#lastSequence = Number(last.get('Nats-Sequence'));
      return 'stored';
    }
    const before = await this.#get({ seq: Number(last.get('Nats-Expected-Last-Subject-Sequence')) });
    return before?.get('Nats-Msg-Id') === id ? 'stored' : 'fenced';
  }

  /** The header of a message of the stream; undefined when there is none. */
  async #get(query: { last_by_subj: string } | { seq: number }): Promise<MsgHdrs | undefined> {
    const { headers } = await this.#options.connection.request(stateSubjects.telemetryGet, JSON.stringify(query), {
      timeout: ackTimeoutMs,
    });
    return headers === undefined || headers.code === 404 ? undefined : headers;
  }

  /** Hands over what is left and closes the lane in good order; gives up after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    const until = Date.now() + graceMs;
    this.#send();
    while ((this.#sending !== undefined || this.waitingBytes > 0) && Date.now() < until) {
      await (this.#sending ?? new Promise((resolve) => setTimeout(resolve, 5)));
      this.#send();
    }
    await this.#publish(`${this.#laneName}.${this.#group}`, new Uint8Array(), true);
  }
}
