import { createInbox, headers, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';

/** What became of an append. `unknown`: it may have got in, or may yet. */
export type AppendOutcome =
  | { readonly kind: 'written'; readonly sequence: number }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'unknown'; readonly cause: unknown };

interface Pending {
  readonly sentAtMs: number;
  readonly resolve: (outcome: AppendOutcome) => void;
}

/** What the broker lets the service subscribe to. */
const INBOX_PREFIX = '_INBOX.quota';
const SWEEP_MS = 100;
const WRONG_LAST_SEQUENCE = new Set([10071, 10164]);

/**
 * Appends to a stream with an expected last sequence. Does what the client's `publish` does at a third of its cost: one
 * subscription for all answers and one timer for all time-outs.
 */
export class AppendChannel {
  readonly #connection: NatsConnection;
  readonly #stream: string;
  readonly #timeoutMs: number;
  readonly #inbox: string;
  readonly #subscription: Subscription;
  /** In the order sent, by the last token of the reply subject. */
  readonly #pending = new Map<string, Pending>();
  #next = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: NatsConnection, stream: string, timeoutMs: number) {
    this.#connection = connection;
    this.#stream = stream;
    this.#timeoutMs = timeoutMs;
    this.#inbox = createInbox(INBOX_PREFIX);
    this.#subscription = connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => this.#answer(error, message),
    });
  }

  /** Appends if the last message of the subject is `expected` (0: none). Never rejects. */
  append(subject: string, bytes: Uint8Array, expected: number): Promise<AppendOutcome> {
    return new Promise((resolve) => {
      const token = (this.#next++).toString(36);
      const fence = headers();
      fence.set('Nats-Expected-Stream', this.#stream);
      fence.set('Nats-Expected-Last-Subject-Sequence', String(expected));
      try {
        this.#connection.publish(subject, bytes, { reply: `${this.#inbox}.${token}`, headers: fence });
      } catch (cause) {
        return resolve({ kind: 'unknown', cause });
      }
      this.#pending.set(token, { sentAtMs: performance.now(), resolve });
      this.#timer ??= setTimeout(() => this.#sweep(), SWEEP_MS);
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#subscription.unsubscribe();
    for (const { resolve } of this.#pending.values()) resolve({ kind: 'unknown', cause: new Error('closed') });
    this.#pending.clear();
  }

  #answer(error: Error | null, message: Msg): void {
    if (error !== null) return;
    const token = message.subject.slice(this.#inbox.length + 1);
    const pending = this.#pending.get(token);
    if (pending === undefined) return;
    this.#pending.delete(token);
    pending.resolve(readAnswer(message));
  }

  #sweep(): void {
    this.#timer = undefined;
    const overdueMs = performance.now() - this.#timeoutMs;
    for (const [token, { sentAtMs, resolve }] of this.#pending) {
      if (sentAtMs > overdueMs) break;
      this.#pending.delete(token);
      resolve({ kind: 'unknown', cause: new Error(`no answer within ${this.#timeoutMs} ms`) });
    }
    if (this.#pending.size > 0) this.#timer = setTimeout(() => this.#sweep(), SWEEP_MS);
  }
}

function readAnswer(message: Msg): AppendOutcome {
  try {
    const answer = message.json<{ seq?: number; error?: { err_code: number; description: string } }>();
    if (answer.error !== undefined) {
      if (WRONG_LAST_SEQUENCE.has(answer.error.err_code)) return { kind: 'conflict' };
      return { kind: 'unknown', cause: new Error(answer.error.description) };
    }
    if (typeof answer.seq === 'number') return { kind: 'written', sequence: answer.seq };
    return { kind: 'unknown', cause: new Error('an answer without a sequence') };
  } catch (cause) {
    // Nobody listens for the stream: an empty message with status 503.
    return { kind: 'unknown', cause };
  }
}
