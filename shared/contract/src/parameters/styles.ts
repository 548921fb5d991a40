import type { Layout, Shape } from '../schema/shape.js';
import { coercer } from './coerce.js';
import { Malformed, type DecodeText } from './percent-decoding.js';

export type Style = 'simple' | 'label' | 'matrix' | 'form' | 'spaceDelimited' | 'pipeDelimited' | 'deepObject';

/** One text, or several where the request repeats a name. */
export type RawValue = string | readonly string[];

/** Reads what the request holds for a parameter, still encoded, as a JSON value. */
export type ReadValue = (raw: RawValue) => unknown;

export interface Reading {
  readonly name: string;
  readonly style: Style;
  readonly explode: boolean;
  readonly shape: Shape;
  readonly layout: Layout;
  readonly preferText: boolean;
  readonly decode: DecodeText;
}

const repeated = new Malformed('must not be given more than once');

/**
 * The reader for a parameter whose value stands in one text (RFC 6570; OpenAPI 3.1 §4.8.12.3). Structure is found before
 * anything is decoded, so that an encoded delimiter is data. Returns `Malformed` for text that does not keep to the style.
 */
export function valueReader(reading: Reading): ReadValue {
  const { layout, decode, shape, preferText } = reading;
  if (layout === 'primitive') {
    const coerce = coercer(shape, preferText);
    const unwrap = primitiveUnwrapper(reading);
    return (raw) => {
      if (typeof raw !== 'string') return repeated;
      const text = unwrap(raw);
      if (typeof text !== 'string') return text;
      const decoded = decode(text);
      return typeof decoded === 'string' ? coerce(decoded) : decoded;
    };
  }
  const split = splitter(reading);
  if (layout === 'array') {
    const isRepeatable = reading.style !== 'simple' && reading.style !== 'label' && reading.style !== 'matrix' && reading.explode;
    const coerce = coercer(shape.items, preferText);
    return (raw) => {
      const texts = isRepeatable ? asList(raw) : typeof raw === 'string' ? split(raw) : repeated;
      return texts instanceof Malformed ? texts : readItems(texts, decode, coerce);
    };
  }
  return (raw) => {
    if (typeof raw !== 'string') return repeated;
    const texts = split(raw);
    if (texts instanceof Malformed) return texts;
    const pairs = reading.explode ? splitPairs(texts, decode) : pairUp(texts, decode);
    return pairs instanceof Malformed ? pairs : readProperties(pairs, shape, preferText, decode);
  };
}

/** A decoded name and a text that is still encoded. */
export type Pair = readonly [name: string, text: string];

/** The object that pairs make; a name given twice is an array where the schema wants one. */
export function readProperties(pairs: readonly Pair[], shape: Shape, preferText: boolean, decode: DecodeText): unknown {
  const object: Record<string, unknown> = Object.create(null);
  for (const [name, text] of pairs) {
    const value = decode(text);
    if (value instanceof Malformed) return value;
    const property = shape.properties.get(name) ?? shape.additional;
    const isList = property !== undefined && property.types.has('array') && property.types.size < 7;
    const read = coercer(isList ? property.items : property, preferText)(value);
    if (!(name in object)) object[name] = isList ? [read] : read;
    else if (isList) (object[name] as unknown[]).push(read);
    else return new Malformed('gives a property more than once');
  }
  return object;
}

function readItems(texts: readonly string[], decode: DecodeText, coerce: (text: string) => unknown): unknown {
  const items: unknown[] = [];
  for (const text of texts) {
    const decoded = decode(text);
    if (decoded instanceof Malformed) return decoded;
    items.push(coerce(decoded));
  }
  return items;
}

function asList(raw: RawValue): readonly string[] {
  return typeof raw === 'string' ? [raw] : raw;
}

function primitiveUnwrapper({ style, name }: Reading): (text: string) => string | Malformed {
  if (style === 'label') return (text) => (text.startsWith('.') ? text.slice(1) : new Malformed('must begin with "."'));
  if (style !== 'matrix') return (text) => text;
  return (text) => {
    if (text === `;${name}`) return '';
    return text.startsWith(`;${name}=`) ? text.slice(name.length + 2) : new Malformed(`must begin with ";${name}="`);
  };
}

type Split = (text: string) => readonly string[] | Malformed;

/** Cuts an encoded text into encoded items, or into `name=value` where an object is exploded. */
function splitter(reading: Reading): Split {
  const { style, explode, name, layout } = reading;
  switch (style) {
    case 'label': {
      const separator = explode ? '.' : ',';
      return (text) => (text.startsWith('.') ? text.slice(1).split(separator) : new Malformed('must begin with "."'));
    }
    case 'matrix':
      return (text) => splitMatrix(text, name, explode, layout);
    case 'spaceDelimited':
      return (text) => text.split(/%20|\+| /);
    case 'pipeDelimited':
      return (text) => text.split(/%7C|\|/i);
    case 'simple':
      return (text) => text.split(',').map((item) => item.trim());
    default:
      return (text) => text.split(',');
  }
}

function splitMatrix(text: string, name: string, explode: boolean, layout: Layout): readonly string[] | Malformed {
  if (!text.startsWith(';')) return new Malformed('must begin with ";"');
  const prefix = `${name}=`;
  if (!explode) {
    return text.startsWith(prefix, 1) ? text.slice(prefix.length + 1).split(',') : new Malformed(`must begin with ";${prefix}"`);
  }
  const parts = text.slice(1).split(';');
  if (layout === 'object') return parts;
  if (!parts.every((part) => part.startsWith(prefix))) return new Malformed(`must repeat ";${prefix}"`);
  return parts.map((part) => part.slice(prefix.length));
}

function splitPairs(texts: readonly string[], decode: DecodeText): readonly Pair[] | Malformed {
  const pairs: Pair[] = [];
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 0) return new Malformed('must be a list of name=value');
    const name = decode(text.slice(0, equals));
    if (name instanceof Malformed) return name;
    pairs.push([name, text.slice(equals + 1)]);
  }
  return pairs;
}

function pairUp(texts: readonly string[], decode: DecodeText): readonly Pair[] | Malformed {
  if (texts.length % 2 !== 0) return new Malformed('must be a list of names and values in turn');
  const pairs: Pair[] = [];
  for (let at = 0; at < texts.length; at += 2) {
    const name = decode(texts[at] ?? '');
    if (name instanceof Malformed) return name;
    pairs.push([name, texts[at + 1] ?? '']);
  }
  return pairs;
}
