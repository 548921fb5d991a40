import { jetstreamManager } from '@nats-io/jetstream';
import type { Logger } from '@sallyport/observe';
import type { NatsConnection } from '@nats-io/transport-node';

/** An ingress whose acknowledgement was lost may ask for the end of its lane for this long. */
const keepMs = 3_600_000;
const checkMs = 30_000;

/** Removes from a stream what has been written and is old, or what has been written when the stream is more than half full. */
export class Purge {
  readonly #connection: NatsConnection;
  readonly #stream: string;
  readonly #logger: Logger;
  readonly #written: { readonly sequence: number; readonly atMs: number }[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(connection: NatsConnection, stream: string, logger: Logger) {
    this.#connection = connection;
    this.#stream = stream;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.#check(), checkMs);
  }

  onWritten(sequence: number): void {
    this.#written.push({ sequence, atMs: performance.now() });
    // One mark a second is enough to go by.
    const [before, last] = this.#written.slice(-3);
    if (this.#written.length > 2 && last!.atMs - before!.atMs < 1_000) this.#written.splice(-2, 1);
  }

  async #check(): Promise<void> {
    try {
      const manager = await jetstreamManager(this.#connection);
      const { state, config } = await manager.streams.info(this.#stream);
      const halfFull = config.max_bytes > 0 && state.bytes > config.max_bytes / 2;
      const oldestMs = performance.now() - (halfFull ? 0 : keepMs);
      const due = this.#written.filter(({ atMs }) => atMs <= oldestMs).at(-1);
      if (due === undefined) return;
      await manager.streams.purge(this.#stream, { seq: due.sequence });
      this.#written.splice(0, this.#written.indexOf(due) + 1);
    } catch (error) {
      this.#logger.warn({ err: error, stream: this.#stream }, 'written messages could not be purged');
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
