import { type ByteWriter, EnvelopeError } from './bytes.js';

/** Starts one entry of a batch; the value is handed to `endEntry`. */
export function beginEntry(writer: ByteWriter): number {
  writer.u32(0);
  return writer.length;
}

export function endEntry(writer: ByteWriter, start: number): void {
  writer.patchU32(start - 4, writer.length - start);
}

/** Calls back with the bounds of each entry of a message. Throws `EnvelopeError` before the first call that would overrun. */
export function forEachEntry(message: Buffer, visit: (start: number, end: number) => void): number {
  let at = 0;
  let count = 0;
  while (at < message.length) {
    if (at + 4 > message.length) throw new EnvelopeError('the length of an entry is cut off');
    const start = at + 4;
    const end = start + message.readUInt32LE(at);
    if (end > message.length) throw new EnvelopeError('an entry runs past the end of its message');
    visit(start, end);
    count++;
    at = end;
  }
  return count;
}
