import { isReason, type Deny } from '@sallyport/verdict';
import { type ByteWriter, EnvelopeError } from './bytes.js';
import { beginSection, endSection, type Sections } from './sections.js';
import { readList, writeList } from './stage-sections.js';

/** A denial on its way back to the ingress. */
export interface Denial {
  /** The stage that denied. */
  readonly stage: string;
  readonly elapsedUs: number;
  readonly deny: Deny;
}

export function writeDenial(writer: ByteWriter, denial: Denial): void {
  const { deny } = denial;
  const start = beginSection(writer, 'denial');
  writer.text(denial.stage);
  writer.u32(Math.round(denial.elapsedUs));
  writer.text(deny.reason);
  writer.text(deny.detail ?? '');
  writer.f64(deny.retryAfterS ?? -1);
  writeList(writer, deny.headers === undefined ? [] : Object.entries(deny.headers).flat());
  endSection(writer, start);
}

/** Throws `EnvelopeError` for a reason that is not on the list. */
export function readDenial(sections: Sections): Denial {
  const reader = sections.reader('denial');
  const stage = reader.text();
  const elapsedUs = reader.u32();
  const reason = reader.text();
  if (!isReason(reason)) throw new EnvelopeError('the denial has an unknown reason');
  const detail = reader.text();
  const retryAfterS = reader.f64();
  const fields = readList(reader);
  const headers: Record<string, string> = {};
  for (let i = 0; i < fields.length; i += 2) headers[fields[i]!] = fields[i + 1]!;
  return {
    stage,
    elapsedUs,
    deny: {
      kind: 'deny',
      reason,
      ...(detail === '' ? {} : { detail }),
      ...(retryAfterS < 0 ? {} : { retryAfterS }),
      ...(fields.length === 0 ? {} : { headers }),
    },
  };
}

/** The head of the upstream's answer, with the whole body when it was short. */
export interface ResponseHead {
  readonly status: number;
  /** False: the rest comes in chunks of the stream `streamId`, against credit. */
  readonly complete: boolean;
  readonly streamId: number;
  /** -1 when the upstream did not say. */
  readonly contentLength: number;
  /** Instance of routing that holds the stream; credit goes to it. */
  readonly instance: string;
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

export function writeResponse(writer: ByteWriter, head: ResponseHead): void {
  const start = beginSection(writer, 'response');
  writer.u16(head.status);
  writer.u8(head.complete ? 1 : 0);
  writer.u32(head.streamId);
  writer.f64(head.contentLength);
  writer.text(head.instance);
  writeList(writer, head.headers);
  writer.bytes(head.body);
  endSection(writer, start);
}

export function readResponse(sections: Sections): ResponseHead {
  const reader = sections.reader('response');
  return {
    status: reader.u16(),
    complete: reader.u8() === 1,
    streamId: reader.u32(),
    contentLength: reader.f64(),
    instance: reader.text(),
    headers: readList(reader),
    body: reader.rest(),
  };
}

/** A piece of a body. `abort` ends the stream without its being complete. */
export interface Chunk {
  readonly streamId: number;
  readonly ending: 'more' | 'last' | 'abort';
  readonly bytes: Uint8Array;
}

const endings = ['more', 'last', 'abort'] as const;

export function writeChunk(writer: ByteWriter, chunk: Chunk): void {
  const start = beginSection(writer, 'chunk');
  writer.u32(chunk.streamId);
  writer.u8(endings.indexOf(chunk.ending));
  writer.bytes(chunk.bytes);
  endSection(writer, start);
}

/** An unknown ending counts as `abort`. */
export function readChunk(sections: Sections): Chunk {
  const reader = sections.reader('chunk');
  return { streamId: reader.u32(), ending: endings[reader.u8()] ?? 'abort', bytes: reader.rest() };
}

/** Permission to send `bytes` more of a stream; `cancel` says that nobody wants the rest. */
export interface Credit {
  readonly streamId: number;
  readonly bytes: number;
  readonly cancel: boolean;
  /** Stage and instance that the chunks go to; empty towards routing, where the stream is known. */
  readonly stage: string;
  readonly instance: string;
}

export function writeCredit(writer: ByteWriter, credit: Credit): void {
  const start = beginSection(writer, 'credit');
  writer.u32(credit.streamId);
  writer.u32(credit.bytes);
  writer.u8(credit.cancel ? 1 : 0);
  writer.text(credit.stage);
  writer.text(credit.instance);
  endSection(writer, start);
}

export function readCredit(sections: Sections): Credit {
  const reader = sections.reader('credit');
  return {
    streamId: reader.u32(),
    bytes: reader.u32(),
    cancel: reader.u8() === 1,
    stage: reader.text(),
    instance: reader.text(),
  };
}
