import type { Credit } from '@sallyport/envelope';
import { countStreamed } from '@sallyport/pipeline';
import type { BodyBudget } from './body-budget.js';

/** Unread bytes at which the client is made to wait. */
const pauseBytes = 64 * 1024;
const chunkBytes = 64 * 1024;

export interface BodyReader {
  readonly stage: 'validation' | 'routing';
  readonly instance: string;
  readonly streamId: number;
}

export interface RequestBodyOptions {
  readonly maxBytes: number;
  /** -1 when the client did not say. */
  readonly declaredBytes: number;
  readonly budget: BodyBudget;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly send: (reader: BodyReader, ending: 'more' | 'last' | 'abort', bytes: Uint8Array) => void;
}

/**
 * A request's body at the ingress. Small ones are taken whole; of larger ones as much is read from the client as readers
 * have given credit for. What validation reads is kept for routing, within the budget; what routing alone reads is not.
 */
export class RequestBody {
  readonly #options: RequestBodyOptions;
  readonly #chunks: Buffer[] = [];
  /** Offset in the body of the first byte that is still held. */
  #heldFrom = 0;
  receivedBytes = 0;
  ended = false;
  #paused = false;
  #keep = false;
  #reader: BodyReader | undefined;
  #credit = 0;
  #sentTo = 0;
  #finished = false;
  #release: (() => void) | undefined;

  constructor(options: RequestBodyOptions) {
    this.#options = options;
  }

  /** More of it is wanted, and it is the client that does not send. */
  get awaitsClient(): boolean {
    return !this.ended && !this.#paused;
  }

  /** Takes bytes from the client; false when the body has become larger than the route allows. */
  push(chunk: Uint8Array, last: boolean): boolean {
    this.receivedBytes += chunk.length;
    if (this.receivedBytes > this.#options.maxBytes) return false;
    countStreamed(chunk.length);
    // The listener reuses its buffer as soon as this call returns.
    if (chunk.length > 0) this.#chunks.push(Buffer.from(chunk));
    this.ended = last;
    this.#pump();
    return true;
  }

  /** The whole body, once it has ended; for those that ride in the envelope. */
  whole(): Buffer {
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
  }

  /** A stage asks for (more of) the body. Another reader starts from the beginning, if it is still there. */
  pull(credit: Credit): void {
    const stage = credit.stage;
    if (stage !== 'validation' && stage !== 'routing') return;
    const reader: BodyReader = { stage, instance: credit.instance, streamId: credit.streamId };
    if (this.#reader?.streamId === reader.streamId && this.#reader.instance === reader.instance) {
      this.#credit += credit.bytes;
      this.#pump();
      return;
    }
    if (this.#heldFrom > 0) {
      this.#options.send(reader, 'abort', new Uint8Array());
      return;
    }
    this.#reader = reader;
    this.#credit = credit.bytes;
    this.#sentTo = 0;
    this.#finished = false;
    if (stage === 'validation' && !this.#keep) this.#keepWithinBudget();
    else {
      if (stage === 'routing') this.#keep = false;
      this.#pump();
    }
  }

  #keepWithinBudget(): void {
    const { declaredBytes, maxBytes, budget } = this.#options;
    this.#keep = true;
    let granted = false;
    this.#release = budget.reserve(declaredBytes < 0 ? maxBytes : declaredBytes, () => {
      granted = true;
      this.#waitingForBudget = false;
      this.#pump();
    });
    this.#waitingForBudget = !granted;
  }
  #waitingForBudget = false;

  #pump(): void {
    this.#sendWithinCredit();
    this.#throttle();
  }

  #sendWithinCredit(): void {
    const reader = this.#reader;
    if (reader === undefined || this.#finished || this.#waitingForBudget) return;
    while (this.#credit > 0 && this.#sentTo < this.receivedBytes) {
      const bytes = this.#read(this.#sentTo, Math.min(this.#credit, chunkBytes));
      this.#sentTo += bytes.length;
      this.#credit -= bytes.length;
      this.#finished = this.ended && this.#sentTo === this.receivedBytes;
      this.#options.send(reader, this.#finished ? 'last' : 'more', bytes);
      if (!this.#keep) this.#drop(this.#sentTo);
    }
    if (!this.#finished && this.ended && this.#sentTo === this.receivedBytes) {
      this.#finished = true;
      this.#options.send(reader, 'last', new Uint8Array());
    }
  }

  #read(from: number, most: number): Buffer {
    let at = this.#heldFrom;
    for (const chunk of this.#chunks) {
      if (from < at + chunk.length) return chunk.subarray(from - at, Math.min(chunk.length, from - at + most));
      at += chunk.length;
    }
    throw new Error('the body has no bytes at this offset');
  }

  #drop(upTo: number): void {
    while (this.#chunks.length > 0 && this.#heldFrom + this.#chunks[0]!.length <= upTo) {
      this.#heldFrom += this.#chunks.shift()!.length;
    }
    if (this.#chunks.length === 0 && this.ended) this.#release?.();
  }

  #throttle(): void {
    const unread = this.receivedBytes - Math.max(this.#sentTo, this.#heldFrom);
    const full = unread >= pauseBytes || this.#waitingForBudget;
    if (full && !this.#paused && !this.ended) {
      this.#paused = true;
      this.#options.pause();
    } else if (!full && this.#paused) {
      this.#paused = false;
      this.#options.resume();
    }
  }

  /** The request is over: readers learn that nothing more comes, and the memory is given back. */
  close(): void {
    if (this.#reader !== undefined && !this.#finished) {
      this.#finished = true;
      this.#options.send(this.#reader, 'abort', new Uint8Array());
    }
    this.#chunks.length = 0;
    this.#release?.();
  }
}
