import type { ErrorObject } from 'ajv/dist/2020.js';
import { dereference, member, type Located } from '../api-document.js';
import { ContractError } from '../contract-error.js';
import { defaultOptions, type ContractParts } from '../contract-parts.js';
import { child } from '../json-pointer.js';
import type { BodyKind, MediaType } from '../media-type.js';
import { isAmbiguous } from '../parameters/coerce.js';
import { Malformed } from '../parameters/percent-decoding.js';
import { violation, type ContractProblem } from '../problem.js';
import { describeErrors } from '../schema/describe-errors.js';
import type { Schema } from '../schema/schema.js';
import { layoutsOf, shapeOf, type Shape } from '../schema/shape.js';
import { parseJsonBytes } from '../strict-json.js';
import { readEncodings } from './encoding.js';
import { parseMediaRange, type MediaRange } from './media-range.js';
import { formReader } from './read-form.js';
import { multipartReader } from './read-multipart.js';
import { isUtf8Charset, readOctets, readText } from './text-body.js';

/** What a contract says of bodies of one media type or range of them. */
export interface MediaContract {
  readonly range: MediaRange;
  /** Whether bodies of some type in the range can pass. */
  readonly isCheckable: boolean;
  readonly readsSomeBytes: boolean;
  /** Whether bodies of this very type are looked into. */
  readsBytes(mediaType: MediaType): boolean;
  /** Why bodies of this very type cannot be checked and are refused, though it is in the range. */
  refusalOf(mediaType: MediaType): string | undefined;
  check(bytes: Uint8Array, mediaType: MediaType): ContractProblem[];
}

/** All faults are listed for bodies of up to so many bytes, the first one alone for longer ones. */
const thoroughBytes = 16_384;

const allKinds: readonly BodyKind[] = ['json', 'form', 'multipart', 'text', 'opaque'];

export function compileMedia(parts: ContractParts, text: string, source: Located): MediaContract {
  const range = parseMediaRange(text);
  if (range === undefined) throw new ContractError(source.pointer, `"${text}" is no media type`);
  const { schemas, options } = parts;
  const media = dereference(schemas.document, source.node, source.pointer, 'a media type');
  const node = member(media.node, 'schema');
  const name = schemas.add(node ?? true, node === undefined ? media.pointer : child(media.pointer, 'schema'));
  const shape = shapeOf({ $ref: name }, schemas.definitions);
  const schema = schemas.definitions.get(name) ?? true;
  const kinds = kindsOf(range);
  const admits = (kind: BodyKind): boolean => isUnconstrained(kind, schema) || isReadable(kind, shape);
  const reads = (kind: BodyKind): boolean => kind === 'json' || !isUnconstrained(kind, schema);
  const read = bodyReader(shape, media, options.maxJsonDepth ?? defaultOptions.maxJsonDepth);
  if (!kinds.some(admits)) {
    schemas.document.warnings.push({
      pointer: media.pointer,
      message: 'bodies of this media type cannot be checked against their schema: they are refused',
    });
  }
  const preferences = kinds.some((kind) => kind !== 'json') && isAmbiguous(shape) ? [false, true] : [false];
  return {
    range,
    isCheckable: kinds.some(admits),
    readsSomeBytes: kinds.some(reads),
    readsBytes: ({ kind }) => reads(kind),
    refusalOf(mediaType) {
      if (!admits(mediaType.kind)) return 'is in a media type that the contract lists and the gateway cannot check';
      if (mediaType.kind === 'opaque' || isUtf8Charset(mediaType)) return undefined;
      return 'must be in UTF-8';
    },
    check(bytes, mediaType) {
      const validator = parts.validator(name);
      let faults: Malformed | readonly ErrorObject[] | undefined;
      for (const preferText of mediaType.kind === 'json' ? [false] : preferences) {
        const value = read(bytes, mediaType, preferText);
        let found = value instanceof Malformed ? value : validator.check(value, bytes.length);
        if (found === undefined) return [];
        if (!(found instanceof Malformed) && bytes.length <= thoroughBytes) found = validator.checkAll(value, bytes.length) ?? found;
        faults ??= found;
      }
      if (faults === undefined) return [];
      if (faults instanceof Malformed) return [violation('body', '/body', faults.message)];
      return describeErrors(faults, 'body', '/body', schemas.propertyNames);
    },
  };
}

function kindsOf(range: MediaRange): readonly BodyKind[] {
  if (range.type === '*') return allKinds;
  if (range.suffix === '+json' || range.subtype === 'json' || range.subtype.endsWith('+json')) return ['json'];
  if (range.subtype === '*' && range.type === 'application') return ['json', 'form', 'opaque'];
  if (range.subtype === '*' && range.type === 'multipart') return ['multipart', 'opaque'];
  if (range.subtype === 'x-www-form-urlencoded') return ['form'];
  if (range.subtype === 'form-data') return ['multipart'];
  return [range.type === 'text' ? 'text' : 'opaque'];
}

/** Whether bytes of a kind can become a value that the schema is able to admit. */
function isReadable(kind: BodyKind, shape: Shape): boolean {
  if (kind === 'json') return true;
  if (kind === 'form' || kind === 'multipart') return shape.types.has('object');
  return kind === 'text' ? layoutsOf(shape).includes('primitive') : shape.types.has('string');
}

/** Whether a schema leaves nothing to check: `true`, `{}`, and for what is a string anyway `type: string` alone. */
function isUnconstrained(kind: BodyKind, schema: Schema): boolean {
  if (typeof schema === 'boolean') return schema;
  const keywords = Object.keys(schema);
  if (keywords.length === 0) return true;
  return keywords.length === 1 && schema.type === 'string' && (kind === 'text' || kind === 'opaque');
}

function bodyReader(shape: Shape, media: Located, maxDepth: number) {
  const encodings = readEncodings(media);
  const readForm = formReader(shape, encodings);
  const readMultipart = multipartReader(shape, encodings);
  return (bytes: Uint8Array, mediaType: MediaType, preferText: boolean): unknown => {
    switch (mediaType.kind) {
      case 'json': {
        const parsed = parseJsonBytes(bytes, maxDepth);
        return parsed.ok ? parsed.value : new Malformed(parsed.message);
      }
      case 'form':
        return readForm(bytes, preferText);
      case 'multipart':
        return readMultipart(bytes, mediaType, preferText);
      case 'text':
        return readText(bytes, shape, preferText);
      case 'opaque':
        return readOctets(bytes);
    }
  };
}
