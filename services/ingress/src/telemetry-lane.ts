import { headers as createHeaders, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { stateSubjects } from '@sallyport/pipeline';
import type { Logger } from '@sallyport/observe';

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

interface Pending {
  readonly line: string;
  readonly onStored: (() => void) | undefined;
  /** Belongs to an intent; the recorder settles those itself when it has closed the lane. */
  readonly afterIntent: boolean;
}

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
 * lane. A record's `onStored` is called when JetStream has acknowledged it.
 */
export class TelemetryLane {
  readonly #options: TelemetryLaneOptions;
  #lane = 1;
  #group = 0;
  #lastSequence = 0;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #sendingBytes = 0;
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: TelemetryLaneOptions) {
    this.#options = options;
  }

  /** More records wait than are allowed to; nothing new may be let in. */
  get full(): boolean {
    return this.#pendingBytes + this.#sendingBytes >= capacityBytes;
  }

  get waitingBytes(): number {
    return this.#pendingBytes + this.#sendingBytes;
  }

  /** Adds one line: a row as a JSON array, or an intent as a JSON object. With `onStored` it is sent without delay. */
  add(line: string, onStored?: () => void, afterIntent = false): void {
    this.#pending.push({ line, onStored, afterIntent });
    this.#pendingBytes += line.length;
    if (this.#sending !== undefined) return;
    if (onStored !== undefined || this.#pending.length >= fullRecords || this.#pendingBytes >= fullBytes) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      // What becomes ready in the same turn shares the group.
      setImmediate(() => this.#send());
    } else {
      this.#timer ??= setTimeout(() => this.#send(), gatherMs);
    }
  }

  #send(): void {
    this.#timer = undefined;
    if (this.#sending !== undefined || this.#pending.length === 0) return;
    const group = this.#takeGroup();
    this.#sending = this.#store(group).finally(() => {
      this.#sending = undefined;
      this.#sendingBytes = 0;
      if (this.#pending.length === 0) return;
      const urgent = this.#pending.some(({ onStored }) => onStored !== undefined);
      if (urgent || this.#pending.length >= fullRecords || this.#closed) this.#send();
      else this.#timer ??= setTimeout(() => this.#send(), gatherMs);
    });
  }

  #takeGroup(): Pending[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#pending.length && bytes < fullBytes) bytes += this.#pending[count++]!.line.length;
    this.#pendingBytes -= bytes;
    this.#sendingBytes = bytes;
    return this.#pending.splice(0, count);
  }

  get #laneName(): string {
    return `${this.#options.instance}_${this.#lane}`;
  }

  async #store(group: Pending[]): Promise<void> {
    let records = group;
    while (records.length > 0) {
      const id = `${this.#laneName}.${this.#group}`;
      const outcome = await this.#publish(id, records.map(({ line }) => line).join('\n'));
      if (outcome === 'stored') {
        this.#group++;
        for (const { onStored } of records) onStored?.();
        return;
      }
      if (outcome === 'fenced') records = this.#openNewLane(records);
      else if (this.#options.connection.isClosed()) return;
      else await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  /** What hangs on an intent of the closed lane has been settled by the recorder; all else goes on in a new lane. */
  #openNewLane(records: Pending[]): Pending[] {
    const kept = records.filter(({ afterIntent }) => !afterIntent);
    this.#pending = this.#pending.filter(({ afterIntent }) => !afterIntent);
    this.#lane++;
    this.#group = 0;
    this.#lastSequence = 0;
    this.#options.onFenced(records.length - kept.length);
    return kept;
  }

  async #publish(id: string, payload: string, closing = false): Promise<'stored' | 'fenced' | 'again'> {
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

  /** The lane's last message is not the one expected: it is this very group, whose acknowledgement was lost, or a fence. */
  async #resolveConflict(id: string, subject: string): Promise<'stored' | 'fenced' | 'again'> {
    const last: Msg = await this.#options.connection.request(
      stateSubjects.telemetryGet,
      JSON.stringify({ last_by_subj: subject }),
      { timeout: ackTimeoutMs },
    );
    const { headers } = last;
    if (headers === undefined || headers.code === 404) {
      // The recorder has purged what it had written; nothing of this group can have been in it.
      this.#lastSequence = 0;
      return 'again';
    }
    if (headers.get('Nats-Msg-Id') !== id) return 'fenced';
    this.#lastSequence = Number(headers.get('Nats-Sequence'));
    return 'stored';
  }

  /** Hands over what is left and closes the lane in good order; gives up after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    const until = Date.now() + graceMs;
    this.#send();
    while ((this.#sending !== undefined || this.#pending.length > 0) && Date.now() < until) {
      await (this.#sending ?? new Promise((resolve) => setTimeout(resolve, 5)));
      this.#send();
    }
    await this.#publish(`${this.#laneName}.${this.#group}`, '', true);
  }
}
