import { inlineBytes, type RoutingFacts, type SectionName, writeChunk, writeResponse, writeRouting } from '@sallyport/envelope';
import { countStreamed, type Hop, type HopRequest, initialCreditBytes, subjects } from '@sallyport/pipeline';

/** Chunks of an answer on the bus; well under the broker's limit. */
const chunkBytes = 64 * 1024;
const recordSections: readonly SectionName[] = ['auth', 'quota', 'validation'];
const nothing = new Uint8Array();

export interface AnswerSenderOptions {
  readonly hop: Hop;
  readonly request: HopRequest;
  readonly instance: string;
  readonly newStreamId: () => number;
  /** What the record says of the upstream, as of now. */
  readonly facts: () => RoutingFacts;
  /** Called once the answer is a stream, so that credit finds it. */
  readonly onStream: (streamId: number) => void;
}

/**
 * Sends one upstream's answer to the ingress: in one piece when it is short, else head first and then chunks against
 * credit. A body of unknown length counts as short when it ends in the turn in which it began.
 */
export class AnswerSender {
  readonly #options: AnswerSenderOptions;
  #status = 0;
  #headers: readonly string[] = [];
  #contentLength = -1;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #streamId = 0;
  #credit = initialCreditBytes;
  #flush: NodeJS.Immediate | undefined;

  constructor(options: AnswerSenderOptions) {
    this.#options = options;
  }

  /** Whether a part of the answer has left. */
  get streaming(): boolean {
    return this.#streamId !== 0;
  }

  head(status: number, headers: readonly string[], contentLength: number): void {
    this.#status = status;
    this.#headers = headers;
    this.#contentLength = contentLength;
    if (contentLength > inlineBytes) this.#startStream();
    else if (contentLength < 0) this.#flush = setImmediate(() => this.#startStream());
  }

  /** False when there is no credit left. */
  data(chunk: Buffer): boolean {
    if (this.streaming) return this.#sendChunks(chunk);
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes > inlineBytes) this.#startStream();
    return this.#credit > 0;
  }

  end(): void {
    clearImmediate(this.#flush);
    if (this.streaming) this.#sendChunk(nothing, 'last');
    else this.#sendHead(true, this.#gathered.length === 1 ? this.#gathered[0]! : Buffer.concat(this.#gathered));
  }

  /** The answer broke off after its head had left. */
  abort(): void {
    clearImmediate(this.#flush);
    this.#sendChunk(nothing, 'abort');
  }

  /** Drops what has been gathered and not sent. */
  discard(): void {
    clearImmediate(this.#flush);
    this.#gathered = [];
  }

  /** True when sending may go on after it had stopped. */
  addCredit(bytes: number): boolean {
    const stopped = this.#credit <= 0;
    this.#credit += bytes;
    return stopped && this.#credit > 0;
  }

  #startStream(): void {
    clearImmediate(this.#flush);
    if (this.streaming) return;
    this.#streamId = this.#options.newStreamId();
    this.#options.onStream(this.#streamId);
    this.#sendHead(false, nothing);
    for (const chunk of this.#gathered) this.#sendChunks(chunk);
    this.#gathered = [];
  }

  #sendHead(complete: boolean, body: Uint8Array): void {
    const { hop, request, instance, facts } = this.#options;
    hop.answer(request, subjects.response(request.ingress), (writer) => {
      request.sections.copyTo(writer, recordSections);
      writeRouting(writer, facts());
      writeResponse(writer, {
        status: this.#status,
        complete,
        streamId: this.#streamId,
        contentLength: this.#contentLength,
        instance,
        headers: this.#headers,
        body,
      });
    });
  }

  #sendChunks(chunk: Buffer): boolean {
    countStreamed(chunk.length);
    for (let at = 0; at < chunk.length; at += chunkBytes) this.#sendChunk(chunk.subarray(at, at + chunkBytes), 'more');
    this.#credit -= chunk.length;
    return this.#credit > 0;
  }

  #sendChunk(bytes: Uint8Array, ending: 'more' | 'last' | 'abort'): void {
    const { hop, request } = this.#options;
    hop.answer(request, subjects.response(request.ingress), (writer) =>
      writeChunk(writer, { streamId: this.#streamId, ending, bytes }),
    );
  }
}
