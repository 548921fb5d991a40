import {
  EnvelopeError,
  forEachEntry,
  RequestView,
  type SectionName,
  Sections,
  writeDenial,
  type ByteWriter,
} from '@sallyport/envelope';
import type { HotCounter, Logger } from '@sallyport/observe';
import { deny, type Deny } from '@sallyport/verdict';
import type { Outbox } from './outbox.js';
import { sectionRule, type StageName, subjects } from './stages.js';

/** The sections that travel back to the ingress with every answer, for the record. */
const recordSections: readonly SectionName[] = ['auth', 'quota', 'validation'];

/** A request at one stage: what its predecessors stated, and when it came. */
export class HopRequest extends RequestView {
  /** `performance.now()` when the message that carried it was read. */
  readonly arrivedAtMs: number;

  constructor(sections: Sections, arrivedAtMs: number) {
    super(sections);
    this.arrivedAtMs = arrivedAtMs;
  }

  elapsedUs(): number {
    return (performance.now() - this.arrivedAtMs) * 1000;
  }
}

export interface HopOptions {
  readonly stage: Exclude<StageName, 'ingress'>;
  readonly outbox: Outbox;
  readonly logger: Logger;
  readonly received: { readonly messages: HotCounter; readonly requests: HotCounter };
  readonly handle: (request: HopRequest) => void;
  /** Called for a request that could not be handed on, after it was denied in the name of the missing stage. */
  readonly onMissing: (request: HopRequest, missing: string) => void;
  /** A request that must not be answered any more, or whose envelope breaks the rules. */
  readonly onDropped: (why: 'late' | 'malformed') => void;
}

/** One stage's end of the pipeline: opens what arrives, hands on what passes, answers the ingress for what does not. */
export class Hop {
  readonly #options: HopOptions;
  readonly #rule: ReturnType<typeof sectionRule>;

  constructor(options: HopOptions) {
    this.#options = options;
    this.#rule = sectionRule(options.stage);
  }

  /** Takes one message off the bus. An envelope that breaks the rules is dropped: its address cannot be trusted either. */
  receive(message: Uint8Array): void {
    const { stage, received, onDropped, logger } = this.#options;
    const arrivedAtMs = performance.now();
    const nowMs = Date.now();
    const buffer = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    received.messages.add(stage);
    const guarded = (visit: () => void) => {
      try {
        visit();
      } catch (error) {
        if (!(error instanceof EnvelopeError)) throw error;
        logger.warn({ err: error }, 'a message on the bus does not follow the wire format');
        onDropped('malformed');
      }
    };
    guarded(() => {
      const entries = forEachEntry(buffer, (start, end) =>
        guarded(() => this.#open(buffer, start, end, arrivedAtMs, nowMs)),
      );
      received.requests.add(stage, entries);
    });
  }

  #open(buffer: Buffer, start: number, end: number, arrivedAtMs: number, nowMs: number): void {
    const { handle, onDropped } = this.#options;
    const sections = new Sections(buffer, start, end);
    const { required, allowed } = this.#rule;
    if ((sections.present & required) !== required || (sections.present & ~allowed) !== 0) {
      throw new EnvelopeError('the envelope does not have the sections that this stage is owed');
    }
    const request = new HopRequest(sections, arrivedAtMs);
    if (request.deadlineMs <= nowMs) {
      onDropped('late');
      return;
    }
    try {
      handle(request);
    } catch (error) {
      this.fault(request, error);
    }
  }

  /** A fault is answered as a denial, never as a pass. */
  fault(request: HopRequest, error: unknown): void {
    this.#options.logger.error({ err: error, requestId: request.requestId }, 'the stage failed on a request');
    this.deny(request, deny('stage_unavailable'));
  }

  /** Hands the request on: the sections named, then what `write` adds. */
  forward(request: HopRequest, subject: string, keep: readonly SectionName[], write: (writer: ByteWriter) => void): void {
    const { outbox } = this.#options;
    const writer = outbox.entry(subject);
    request.sections.copyTo(writer, keep);
    write(writer);
    outbox.commit();
  }

  /** Answers that the request is denied: by this stage, or in the name of one that is missing. */
  deny(
    request: HopRequest,
    denial: Deny,
    more: { readonly stage?: string; readonly writeFacts?: (writer: ByteWriter) => void } = {},
  ): void {
    this.answer(request, subjects.deny(request.ingress), (writer) => {
      request.sections.copyTo(writer, recordSections);
      more.writeFacts?.(writer);
      writeDenial(writer, { stage: more.stage ?? this.#options.stage, elapsedUs: request.elapsedUs(), deny: denial });
    });
  }

  /** Sends sections to the request's own ingress, the address in front. */
  answer(request: HopRequest, subject: string, write: (writer: ByteWriter) => void): void {
    const { outbox } = this.#options;
    const writer = outbox.entry(subject);
    request.writeAddress(writer);
    write(writer);
    outbox.commit();
  }

  /** The broker's word that `message` reached nobody: its requests are denied at once, in the name of the missing stage. */
  undelivered(message: Buffer, subject: string): void {
    const missing = subject.split('.')[1]!;
    forEachEntry(message, (start, end) => {
      const request = new HopRequest(new Sections(message, start, end), performance.now());
      this.deny(request, deny('stage_unavailable'), { stage: missing });
      this.#options.onMissing(request, missing);
    });
  }
}
