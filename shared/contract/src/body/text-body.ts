import { isUtf8 } from 'node:buffer';
import type { MediaType } from '../media-type.js';
import { coercer } from '../parameters/coerce.js';
import { Malformed } from '../parameters/percent-decoding.js';
import type { Shape } from '../schema/shape.js';

/** Whether the bytes are in UTF-8 as far as the `charset` says; nothing else is looked into. */
export function isUtf8Charset(mediaType: MediaType): boolean {
  const charset = mediaType.parameters.get('charset')?.toLowerCase();
  return charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii';
}

/** Bytes as text; `Malformed` where they are not UTF-8. */
export function readUtf8(bytes: Uint8Array): string | Malformed {
  const buffer = asBuffer(bytes);
  return isUtf8(buffer) ? buffer.toString('utf8') : new Malformed('is not valid UTF-8');
}

/** Bytes as a string of one character an octet, which makes `maxLength` count octets. */
export function readOctets(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('latin1');
}

/** A text body as the value its schema is after. */
export function readText(bytes: Uint8Array, shape: Shape, preferText: boolean): unknown {
  const text = readUtf8(bytes);
  return text instanceof Malformed ? text : coercer(shape, preferText)(text);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
