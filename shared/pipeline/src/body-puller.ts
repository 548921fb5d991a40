import { forEachEntry, readChunk, Sections, writeCredit } from '@sallyport/envelope';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterDeadline } from './after-deadline.js';
import { countStreamed, countWhole } from './bound-garbage.js';
import type { Hop, HopRequest } from './hop.js';
import { subjects } from './stages.js';

/** What may be under way to one reader at once. */
export const initialCreditBytes = 256 * 1024;

/** The body broke off, or stopped coming, and with it the request: the ingress answers, and nobody waits for a verdict any more. */
export class BodyBrokenOffError extends Error {
  readonly code = 'BODY_BROKEN_OFF';
}

export interface BodySink {
  /** `bytes` is valid during the call only. After `last` and `abort` nothing more comes. */
  readonly onChunk: (bytes: Buffer, ending: 'more' | 'last' | 'abort') => void;
}

export interface BodyPull {
  /** Lets the ingress send this many more bytes. */
  credit(bytes: number): void;
  /** The rest is not wanted. */
  stop(): void;
}

/** Reads request bodies that stayed at the ingress, piece by piece against credit, for one instance of a stage. */
export class BodyPuller {
  readonly #hop: Hop;
  readonly #stage: 'validation' | 'routing';
  readonly #instance: string;
  readonly #sinks = new Map<number, BodySink>();
  #nextStream = 0;

  constructor(connection: NatsConnection, hop: Hop, stage: 'validation' | 'routing', instance: string) {
    this.#hop = hop;
    this.#stage = stage;
    this.#instance = instance;
    connection.subscribe(subjects.body(stage, instance), {
      callback: (error, message) => {
        if (error === null) this.#receive(message.data);
      },
    });
  }

  pull(request: HopRequest, sink: BodySink): BodyPull {
    this.#nextStream = (this.#nextStream + 1) >>> 0;
    const streamId = this.#nextStream;
    this.#sinks.set(streamId, sink);
    const credit = (bytes: number) => this.#credit(request, streamId, bytes);
    credit(initialCreditBytes);
    return {
      credit: (bytes) => {
        if (this.#sinks.has(streamId)) credit(bytes);
      },
      stop: () => this.#sinks.delete(streamId),
    };
  }

  #credit(request: HopRequest, streamId: number, bytes: number): void {
    this.#hop.answer(request, subjects.pull(request.ingress), (writer) =>
      writeCredit(writer, { streamId, bytes, cancel: false, stage: this.#stage, instance: this.#instance }),
    );
  }

  #receive(message: Uint8Array): void {
    const buffer = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    forEachEntry(buffer, (start, end) => {
      const { streamId, ending, bytes } = readChunk(new Sections(buffer, start, end));
      const sink = this.#sinks.get(streamId);
      if (sink === undefined) return;
      if (ending !== 'more') this.#sinks.delete(streamId);
      countStreamed(bytes.length);
      sink.onChunk(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), ending);
    });
  }

  /**
   * The whole body of a request, up to `maxBytes`. As long as it keeps coming the request's deadline moves along, as at the
   * ingress. Rejects with a `BodyBrokenOffError` when the ingress gave it up or nothing came for too long, and when it is larger.
   */
  readWhole(request: HopRequest, maxBytes: number): Promise<Buffer> {
    const allowedMs = request.deadlineMs - request.receivedAtMs;
    return new Promise((resolve, reject) => {
      // Of known length, it is put together in place; its pieces are not kept beside it.
      let whole: Buffer = Buffer.allocUnsafeSlow(request.bodyBytes < 0 ? firstBytes : Math.min(request.bodyBytes, maxBytes));
      let length = 0;
      const fail = (error: Error) => {
        stopWaiting();
        pull.stop();
        reject(error);
      };
      const stopWaiting = afterDeadline(request, 0, () => fail(new BodyBrokenOffError('the body did not come in time')));
      const pull = this.pull(request, {
        onChunk: (bytes, ending) => {
          if (ending === 'abort') return fail(new BodyBrokenOffError('the body broke off'));
          const needed = length + bytes.length;
          if (needed > maxBytes) return fail(new Error('the body is larger than the route allows'));
          if (needed > whole.length) whole = enlarged(whole, length, needed, maxBytes);
          bytes.copy(whole, length);
          length = needed;
          request.deadlineMs = Math.max(request.deadlineMs, Date.now() + allowedMs);
          if (ending === 'more') return pull.credit(bytes.length);
          stopWaiting();
          countWhole(length);
          resolve(whole.subarray(0, length));
        },
      });
    });
  }
}

/** What a body of unknown length is given room for at first. */
const firstBytes = 64 * 1024;

function enlarged(buffer: Buffer, length: number, needed: number, maxBytes: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.min(maxBytes, Math.max(needed, buffer.length * 2)));
  buffer.copy(larger, 0, 0, length);
  return larger;
}
