import { beginEntry, ByteWriter, endEntry } from '@sallyport/envelope';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { ConnectionWatch } from './connection-watch.js';

/** Past this size a message is sent without waiting for more; well under the broker's limit of 1 MiB. */
const fullBytes = 256 * 1024;
/** How long the broker may take to say that nobody listens; it says so at once. */
const retentionMs = 500;
const entryHeaderBytes = 4;

interface OpenBatch {
  readonly writer: ByteWriter;
  /** Hands requests to a stage, rather than answers to an ingress or pieces of bodies. */
  readonly isHop: boolean;
  entries: number;
}

export interface OutboxOptions {
  readonly connection: NatsConnection;
  readonly watch: ConnectionWatch;
  /** Subjects below it are this process's own inbox. */
  readonly inboxPrefix: string;
  /** Called with a message that was to hand requests to a stage and reached nobody. */
  readonly onUndelivered: (message: Buffer, subject: string) => void;
  /** Called for every message that leaves, with the number of entries in it. */
  readonly onSent?: (subject: string, entries: number) => void;
  /** Least time between two messages to the same subject, in milliseconds; 0 sends at the end of every turn. */
  readonly paceMs?: number;
}

/**
 * Collects what goes to the same subject in the same turn of the event loop into one message. Nothing is sent twice and
 * nothing is kept while the broker is away: then `entry` still works, but the entries count as undelivered.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #open = new Map<string, OpenBatch>();
  readonly #sent = new Map<string, { message: Buffer; subject: string; sentAtMs: number }>();
  readonly #lastSentAtMs = new Map<string, number>();
  readonly #sweeper: NodeJS.Timeout;
  readonly #watch: ConnectionWatch;
  #nextBatch = 0;
  #scheduled = false;
  #current: { writer: ByteWriter; batch: OpenBatch; subject: string; start: number } | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#watch = options.watch;
    options.connection.subscribe(`${options.inboxPrefix}.*`, {
      callback: (error, message) => {
        if (error === null) this.#onReply(message);
      },
    });
    this.#sweeper = setInterval(() => this.#sweep(), retentionMs);
    this.#sweeper.unref();
  }

  /** Starts an entry for `subject`; the caller writes its sections and then calls `commit`. */
  entry(subject: string): ByteWriter {
    // An entry that was begun and never committed is one whose author failed; it must not reach anybody.
    if (this.#current !== undefined) this.#current.writer.length = this.#current.start - entryHeaderBytes;
    let batch = this.#open.get(subject);
    if (batch === undefined) {
      batch = { writer: new ByteWriter(8192), isHop: isHop(subject), entries: 0 };
      this.#open.set(subject, batch);
    }
    this.#current = { writer: batch.writer, batch, subject, start: beginEntry(batch.writer) };
    return batch.writer;
  }

  commit(): void {
    const { writer, batch, subject, start } = this.#current!;
    this.#current = undefined;
    endEntry(writer, start);
    batch.entries++;
    if (writer.length >= fullBytes) this.#send(subject, batch);
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.flush());
    }
  }

  /** Sends what is ready. */
  flush(): void {
    this.#scheduled = false;
    const paceMs = this.#options.paceMs ?? 0;
    let waiting = false;
    const nowMs = paceMs === 0 ? 0 : performance.now();
    for (const [subject, batch] of this.#open) {
      if (batch.entries === 0) continue;
      if (paceMs > 0 && nowMs - (this.#lastSentAtMs.get(subject) ?? -paceMs) < paceMs) {
        waiting = true;
        continue;
      }
      if (paceMs > 0) this.#lastSentAtMs.set(subject, nowMs);
      this.#send(subject, batch);
    }
    if (waiting) {
      this.#scheduled = true;
      setTimeout(() => this.flush(), 1);
    }
  }

  #send(subject: string, batch: OpenBatch): void {
    const entries = batch.entries;
    const message = batch.writer.take();
    batch.entries = 0;
    const { connection, inboxPrefix } = this.#options;
    if (!this.#watch.up) {
      // Buffered by the client it would arrive late and unasked for; nothing is ever sent late.
      if (batch.isHop) this.#options.onUndelivered(message, subject);
      return;
    }
    if (batch.isHop) {
      const id = (this.#nextBatch++).toString(36);
      this.#sent.set(id, { message, subject, sentAtMs: performance.now() });
      connection.publish(subject, message, { reply: `${inboxPrefix}.${id}` });
    } else connection.publish(subject, message);
    this.#options.onSent?.(subject, entries);
  }

  /** Nobody answers a hop; so whatever arrives here is the broker's word that the message reached nobody. */
  #onReply(message: Msg): void {
    const id = message.subject.slice(this.#options.inboxPrefix.length + 1);
    const sent = this.#sent.get(id);
    if (sent === undefined || message.headers?.code !== 503) return;
    this.#sent.delete(id);
    this.#options.onUndelivered(sent.message, sent.subject);
  }

  #sweep(): void {
    const oldest = performance.now() - retentionMs;
    for (const [id, { sentAtMs }] of this.#sent) {
      if (sentAtMs > oldest) break;
      this.#sent.delete(id);
    }
    for (const [subject, batch] of this.#open) if (batch.entries === 0) this.#open.delete(subject);
  }

  close(): void {
    clearInterval(this.#sweeper);
    this.flush();
  }
}

const hopSubject = /^p\.(?:auth|validation|routing|quota\.[^.]+)$/;

function isHop(subject: string): boolean {
  return hopSubject.test(subject);
}
