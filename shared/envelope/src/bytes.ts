// Node's own fast paths, which its type definitions leave out.
declare global {
  interface Buffer {
    utf8Write(text: string, offset: number): number;
    latin1Write(text: string, offset: number, length: number): number;
    utf8Slice(start: number, end: number): string;
    latin1Slice(start: number, end: number): string;
    hexSlice(start: number, end: number): string;
  }
}

const empty = Buffer.alloc(0);
/** What a writer that keeps filling up starts with, at most. */
const largestStartBytes = 64 * 1024;

/** Appends to one growing buffer; numbers are little-endian. `take` hands the bytes over and starts afresh. */
export class ByteWriter {
  buffer: Buffer = empty;
  length = 0;
  /** Size of the next buffer: what the last one took, so that it seldom grows. */
  #startBytes: number;

  constructor(startBytes = 4096) {
    this.#startBytes = startBytes;
  }

  #reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.buffer.length) return;
    const doubled = Math.min(this.buffer.length * 2, needed + largestStartBytes);
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, doubled, this.#startBytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.buffer[this.length++] = value;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.buffer.writeUInt16LE(value, this.length);
    this.length += 2;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.buffer.writeUInt32LE(value, this.length);
    this.length += 4;
  }

  f64(value: number): void {
    this.#reserve(8);
    this.buffer.writeDoubleLE(value, this.length);
    this.length += 8;
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  /** A part of another buffer, without making a view of it first. */
  copy(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    source.copy(this.buffer, this.length, start, end);
    this.length += end - start;
  }

  /** Exactly `count` ASCII characters, without a length. */
  ascii(value: string, count: number): void {
    if (value.length !== count) throw new RangeError(`expected ${count} characters`);
    this.#reserve(count);
    this.buffer.latin1Write(value, this.length, count);
    this.length += count;
  }

  /** UTF-8 without a length. */
  raw(value: string): void {
    this.#reserve(value.length * 3);
    this.length += this.buffer.utf8Write(value, this.length);
  }

  /** UTF-8 with a length in four bytes in front. */
  text(value: string): void {
    this.#reserve(4 + value.length * 3);
    const written = value.length === 0 ? 0 : this.buffer.utf8Write(value, this.length + 4);
    this.buffer.writeUInt32LE(written, this.length);
    this.length += 4 + written;
  }

  /** Writes `value` over four bytes that were reserved earlier at `offset`. */
  patchU32(offset: number, value: number): void {
    this.buffer.writeUInt32LE(value, offset);
  }

  /** The bytes written so far; the writer forgets them, so the caller owns the memory. */
  take(): Buffer {
    const taken = this.buffer.subarray(0, this.length);
    this.#startBytes = Math.min(largestStartBytes, Math.max(1024, this.length + (this.length >> 2)));
    this.buffer = empty;
    this.length = 0;
    return taken;
  }
}

/** Thrown for bytes that do not follow the wire format; the message carrying them is to be dropped. */
export class EnvelopeError extends Error {
  readonly code = 'ENVELOPE_MALFORMED';
}

/** Reads what `ByteWriter` wrote; every read past `end` is an `EnvelopeError`. */
export class ByteReader {
  readonly buffer: Buffer;
  offset: number;
  readonly end: number;

  constructor(buffer: Buffer, offset = 0, end = buffer.length) {
    this.buffer = buffer;
    this.offset = offset;
    this.end = end;
  }

  #advance(bytes: number): number {
    const at = this.offset;
    if (at + bytes > this.end) throw new EnvelopeError('a field runs past the end of its section');
    this.offset = at + bytes;
    return at;
  }

  u8(): number {
    return this.buffer[this.#advance(1)]!;
  }

  u16(): number {
    return this.buffer.readUInt16LE(this.#advance(2));
  }

  u32(): number {
    return this.buffer.readUInt32LE(this.#advance(4));
  }

  f64(): number {
    return this.buffer.readDoubleLE(this.#advance(8));
  }

  bytes(count: number): Buffer {
    const at = this.#advance(count);
    return this.buffer.subarray(at, at + count);
  }

  text(): string {
    const count = this.u32();
    if (count === 0) return '';
    const at = this.#advance(count);
    return this.buffer.utf8Slice(at, at + count);
  }

  ascii(count: number): string {
    const at = this.#advance(count);
    return this.buffer.latin1Slice(at, at + count);
  }

  skip(bytes: number): void {
    this.#advance(bytes);
  }

  skipText(): void {
    this.#advance(this.u32());
  }

  /** Everything up to the end of the section. */
  rest(): Buffer {
    return this.bytes(this.end - this.offset);
  }
}
