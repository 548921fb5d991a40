import { controlSubjectPrefix, verifyEntry } from '@sallyport/policy';
import type { Logger } from '@sallyport/observe';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { KeyObject } from 'node:crypto';
import { stateSubjects } from './accounts.js';

/** How often the log is asked for news, should a hint have been lost. */
const pollMs = 1_000;
const requestTimeoutMs = 2_000;
/** Entries asked for at once while the reader is behind. */
const window = 128;

export interface ControlEntry {
  /** Without the bucket's prefix: `revision.7`, `key.k1`, `revocation.token-id.…`. */
  readonly key: string;
  readonly sequence: number;
  readonly content: Buffer;
}

export interface ControlLogOptions {
  readonly connection: NatsConnection;
  /** Where the log is asked for and announced, as this connection's account sees it. */
  readonly subjects?: { readonly get: string; readonly live: string };
  readonly publicKey: KeyObject;
  readonly logger: Logger;
  /** Called once for every entry, in the order of the log. */
  readonly onEntry: (entry: ControlEntry) => void;
  /** Called when the end of the log has been reached, after at least one new entry. */
  readonly onCurrent: () => void;
  /** An entry that control has not signed for this place; it is skipped. */
  readonly onForged: (key: string, sequence: number) => void;
}

/**
 * Reads control's log from the start and then follows it: at once by the broker's hint, at the latest after a second.
 * Sequence numbers only grow, so nothing older can be put in front of a reader again.
 */
export class ControlLog {
  readonly #options: ControlLogOptions;
  readonly #subjects: { readonly get: string; readonly live: string };
  readonly #timer: NodeJS.Timeout;
  #sequence = 0;
  #reading: Promise<void> | undefined;
  #again = false;

  constructor(options: ControlLogOptions) {
    this.#options = options;
    this.#subjects = options.subjects ?? { get: stateSubjects.controlGet, live: stateSubjects.controlLive };
    options.connection.subscribe(this.#subjects.live, { callback: () => void this.poll() });
    this.#timer = setInterval(() => void this.poll(), pollMs);
  }

  /** Sequence number up to which everything has been handed out. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Resolves when all that was in the log at the call has been handed out, or the broker could not be asked. */
  poll(): Promise<void> {
    if (this.#reading !== undefined) {
      this.#again = true;
      return this.#reading;
    }
    this.#reading = this.#readUntilCurrent().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readUntilCurrent(): Promise<void> {
    try {
      do {
        this.#again = false;
        const before = this.#sequence;
        while (await this.#readOne()) await this.#readWindow();
        if (this.#sequence > before) this.#options.onCurrent();
      } while (this.#again);
    } catch (error) {
      this.#options.logger.debug({ err: error }, 'the control log could not be read; it is asked for again');
    }
  }

  async #readOne(): Promise<boolean> {
    return this.#accept(await this.#get({ seq: this.#sequence + 1, next_by_subj: `${controlSubjectPrefix}>` }));
  }

  async #readWindow(): Promise<void> {
    const first = this.#sequence + 1;
    const answers = await Promise.all(Array.from({ length: window }, (_, i) => this.#get({ seq: first + i })));
    for (const answer of answers) this.#accept(answer);
  }

  #get(query: { seq: number; next_by_subj?: string }): Promise<Msg> {
    return this.#options.connection.request(this.#subjects.get, JSON.stringify(query), {
      timeout: requestTimeoutMs,
    });
  }

  #accept(message: Msg): boolean {
    const { headers } = message;
    const subject = headers?.get('Nats-Subject');
    if (headers === undefined || headers.code !== 0 || !subject) {
      if (headers !== undefined && headers.code !== 0 && headers.code !== 404) throw new Error(headers.description);
      return false;
    }
    const sequence = Number(headers.get('Nats-Sequence'));
    if (!(sequence > this.#sequence)) return false;
    this.#sequence = sequence;
    const key = subject.slice(controlSubjectPrefix.length);
    const content = verifyEntry(this.#options.publicKey, subject, sequence, Buffer.from(message.data));
    if (content === undefined) this.#options.onForged(key, sequence);
    else this.#options.onEntry({ key, sequence, content });
    return true;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
