import { readChunk, readResponse, type ResponseHead, type Sections, writeCredit } from '@sallyport/envelope';
import { countStreamed, type Outbox, subjects } from '@sallyport/pipeline';
import type { InFlight } from './in-flight.js';

/** Credit is given back in pieces of at least this size. */
const creditBytes = 64 * 1024;

export interface AnswerStreamOptions {
  readonly outbox: Outbox;
  /** The answer is complete but for its last piece, which `last` sends. */
  readonly beforeLast: (last: () => void) => void;
  /** The upstream broke off in the middle. */
  readonly onBroken: (reason: 'upstream_failed') => void;
}

/** A long answer on its way to the client, piece by piece, as fast as the client reads. */
export class AnswerStream {
  readonly #request: InFlight;
  readonly #head: ResponseHead;
  readonly #headers: readonly string[];
  readonly #options: AnswerStreamOptions;
  #owedBytes = 0;
  #blocked = false;
  /** What came while the client took nothing; never more than the credit that was given. */
  readonly #waiting: Uint8Array[] = [];
  #last: Uint8Array | undefined;
  #ended = false;

  constructor(request: InFlight, head: ResponseHead, headers: readonly string[], options: AnswerStreamOptions) {
    this.#request = request;
    this.#head = head;
    this.#headers = headers;
    this.#options = options;
  }

  start(): void {
    const { exchange } = this.#request;
    const head = this.#head;
    exchange.begin(head.status, this.#headers, head.contentLength < 0 ? undefined : head.contentLength);
    exchange.onWritable = () => {
      this.#blocked = false;
      this.#drain();
    };
    if (head.body.length > 0) this.#take(head.body);
  }

  onChunk(sections: Sections): void {
    if (this.#ended) return;
    const { ending, bytes } = readChunk(sections);
    countStreamed(bytes.length);
    if (ending === 'abort') {
      this.#ended = true;
      this.#options.onBroken('upstream_failed');
      return;
    }
    if (ending === 'last') {
      this.#ended = true;
      this.#last = bytes;
      this.#drain();
    } else {
      this.#take(bytes);
    }
  }

  #take(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#drain();
  }

  #drain(): void {
    const request = this.#request;
    while (!this.#blocked && this.#waiting.length > 0) {
      const bytes = this.#waiting.shift()!;
      request.bytesOut += bytes.length;
      this.#owedBytes += bytes.length;
      this.#blocked = !request.exchange.write(bytes);
    }
    const last = this.#last;
    if (this.#blocked || last === undefined) return this.#giveCredit();
    this.#last = undefined;
    request.bytesOut += last.length;
    this.#options.beforeLast(() => {
      if (last.length > 0) request.exchange.write(last);
      request.exchange.end();
    });
  }

  #giveCredit(): void {
    if (this.#blocked || this.#ended || this.#owedBytes < creditBytes) return;
    sendCredit(this.#options.outbox, this.#head, this.#owedBytes, false);
    this.#owedBytes = 0;
  }

  /** Nobody wants the rest. */
  cancel(): void {
    if (this.#ended) return;
    this.#ended = true;
    sendCredit(this.#options.outbox, this.#head, 0, true);
  }
}

function sendCredit(outbox: Outbox, head: ResponseHead, bytes: number, cancel: boolean): void {
  const writer = outbox.entry(subjects.credit(head.instance));
  writeCredit(writer, { streamId: head.streamId, bytes, cancel, stage: '', instance: '' });
  outbox.commit();
}

/** An answer that nobody waits for any more: routing is told to stop, if there is more to come. */
export function dropAnswer(sections: Sections, outbox: Outbox): void {
  if (!sections.has('response')) return;
  const head = readResponse(sections);
  if (!head.complete) sendCredit(outbox, head, 0, true);
}
