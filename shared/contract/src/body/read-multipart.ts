import { parseMediaType, type MediaType } from '../media-type.js';
import { coercer } from '../parameters/coerce.js';
import { Malformed } from '../parameters/percent-decoding.js';
import { layoutsOf, type Shape } from '../schema/shape.js';
import { parseJsonBytes } from '../strict-json.js';
import type { PropertyEncoding } from './encoding.js';
import { isInRange } from './media-range.js';
import { parseMultipart, type FormPart } from './multipart.js';
import { isUtf8Charset, readOctets, readUtf8 } from './text-body.js';

/** A multipart form's bytes as the object its schema is after, or what is malformed about them. */
export type ReadMultipart = (bytes: Uint8Array, mediaType: MediaType, preferText: boolean) => unknown;

const maxJsonDepth = 64;

/**
 * Reads `multipart/form-data`: the parts of an array repeat its name, objects are JSON, files are strings of octets. Where an
 * encoding states the content types of a property, a part must be in one of them.
 */
export function multipartReader(shape: Shape, encodings: ReadonlyMap<string, PropertyEncoding>): ReadMultipart {
  return (bytes, mediaType, preferText) => {
    const parts = parseMultipart(bytes, mediaType.parameters.get('boundary'));
    if (parts instanceof Malformed) return parts;
    const form: Record<string, unknown> = Object.create(null);
    for (const part of parts) {
      const property = shape.properties.get(part.name) ?? shape.additional;
      const isList = property !== undefined && layoutsOf(property)[0] === 'array';
      const value = readPart(part, isList ? property.items : property, encodings.get(part.name), preferText);
      if (value instanceof Malformed) return value;
      if (!isList && part.name in form) return new Malformed('has a part more than once that is no array');
      if (!isList) form[part.name] = value;
      else if (part.name in form) (form[part.name] as unknown[]).push(value);
      else form[part.name] = [value];
    }
    return form;
  };
}

function readPart(part: FormPart, shape: Shape | undefined, encoding: PropertyEncoding | undefined, preferText: boolean): unknown {
  const mediaType = parseMediaType(part.contentType);
  if (mediaType === undefined) return new Malformed('has a part whose Content-Type is malformed');
  if (encoding?.contentTypes !== undefined && !encoding.contentTypes.some((range) => isInRange(mediaType, range))) {
    return new Malformed('has a part in a media type that the contract does not list');
  }
  if (shape !== undefined && layoutsOf(shape)[0] !== 'primitive') {
    const isPlain = mediaType.kind === 'json' || (mediaType.kind === 'text' && !part.isFile);
    if (!isPlain || !isUtf8Charset(mediaType)) return new Malformed('has a part that must be JSON and is not');
    const parsed = parseJsonBytes(part.bytes, maxJsonDepth);
    return parsed.ok ? parsed.value : new Malformed('has a part that is not valid JSON');
  }
  if (part.isFile || mediaType.kind === 'opaque' || !isUtf8Charset(mediaType)) return readOctets(part.bytes);
  const text = readUtf8(part.bytes);
  return text instanceof Malformed ? text : coercer(shape, preferText)(text);
}
