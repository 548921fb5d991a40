import { ByteReader, type ByteWriter, EnvelopeError } from './bytes.js';

/**
 * An envelope is a run of sections: one byte of kind, four of length, then the content. Kinds ascend in the order in
 * which the pipeline writes them, so that a repeated or misplaced section shows in one pass.
 */
export const sectionKinds = {
  /** Which request at which ingress an answer belongs to. */
  address: 1,
  request: 2,
  credentials: 3,
  body: 4,
  auth: 5,
  quota: 6,
  validation: 7,
  routing: 8,
  denial: 9,
  response: 10,
  /** A piece of a body, of a request or of a response. */
  chunk: 11,
  /** Asks for (more of) a body: credit in bytes. */
  credit: 12,
} as const;

export type SectionName = keyof typeof sectionKinds;

const kindCount = 13;
const headerBytes = 5;

/** Starts a section; the value is handed to `endSection`. */
export function beginSection(writer: ByteWriter, name: SectionName): number {
  writer.u8(sectionKinds[name]);
  writer.u32(0);
  return writer.length;
}

export function endSection(writer: ByteWriter, start: number): void {
  writer.patchU32(start - 4, writer.length - start);
}

/** The sections of one envelope, found but not decoded. */
export class Sections {
  readonly buffer: Buffer;
  // Kind, start and end of each section that is present, one after another: few, so they are looked for one by one. A plain
  // array: a typed one costs more to make than all else that is done here.
  readonly #bounds: number[] = [];
  /** One bit a kind. */
  readonly present: number;

  /** Throws `EnvelopeError` when lengths do not add up, or a section is unknown, repeated or out of order. */
  constructor(buffer: Buffer, start: number, end: number) {
    this.buffer = buffer;
    let at = start;
    let present = 0;
    let previous = 0;
    while (at < end) {
      if (at + headerBytes > end) throw new EnvelopeError('a section header is cut off');
      const kind = buffer[at]!;
      if (kind >= kindCount) throw new EnvelopeError(`section kind ${kind} is unknown`);
      if (kind <= previous) throw new EnvelopeError(`section kind ${kind} is repeated or out of order`);
      const contentStart = at + headerBytes;
      const contentEnd = contentStart + buffer.readUInt32LE(at + 1);
      if (contentEnd > end) throw new EnvelopeError('a section runs past the end of its envelope');
      this.#bounds.push(kind, contentStart, contentEnd);
      present |= 1 << kind;
      previous = kind;
      at = contentEnd;
    }
    this.present = present;
  }

  has(name: SectionName): boolean {
    return (this.present & (1 << sectionKinds[name])) !== 0;
  }

  reader(name: SectionName): ByteReader {
    const i = this.#find(sectionKinds[name]);
    if (i < 0) throw new EnvelopeError(`the ${name} section is missing`);
    return new ByteReader(this.buffer, this.#bounds[i + 1], this.#bounds[i + 2]);
  }

  /** Index of a section's bounds; -1 when it is not there. */
  #find(kind: number): number {
    const bounds = this.#bounds;
    for (let i = 0; i < bounds.length; i += 3) if (bounds[i] === kind) return i;
    return -1;
  }

  /** Copies the named sections that are present, in the order given. */
  copyTo(writer: ByteWriter, names: readonly SectionName[]): void {
    for (const name of names) {
      const i = this.#find(sectionKinds[name]);
      if (i >= 0) writer.copy(this.buffer, this.#bounds[i + 1]! - headerBytes, this.#bounds[i + 2]!);
    }
  }
}

/** The bit mask of a list of sections, for `sectionsAllowed`. */
export function sectionMask(names: readonly SectionName[]): number {
  return names.reduce((mask, name) => mask | (1 << sectionKinds[name]), 0);
}
