import { coercer } from '../parameters/coerce.js';
import { readDeepObject } from '../parameters/deep-object.js';
import { decodeQueryText, Malformed } from '../parameters/percent-decoding.js';
import { valueReader, type Pair } from '../parameters/styles.js';
import { layoutsOf, type Shape } from '../schema/shape.js';
import { parseJsonText } from '../strict-json.js';
import type { PropertyEncoding } from './encoding.js';
import { readUtf8 } from './text-body.js';

/** A form's bytes as the object its schema is after, or what is malformed about them. */
export type ReadForm = (bytes: Uint8Array, preferText: boolean) => unknown;

const maxJsonDepth = 16;

/**
 * Reads `application/x-www-form-urlencoded` (WHATWG URL §5.1). Arrays repeat their name, objects are JSON, unless an encoding
 * gives the property a style of parameters.
 */
export function formReader(shape: Shape, encodings: ReadonlyMap<string, PropertyEncoding>): ReadForm {
  const styled = new Map<string, PropertyEncoding>();
  for (const [name, encoding] of encodings) if (encoding.style !== undefined) styled.set(name, encoding);
  return (bytes, preferText) => {
    const text = readUtf8(bytes);
    if (text instanceof Malformed) return text;
    const texts = new Map<string, string[]>();
    const deep = new Map<string, Pair[]>();
    for (const pair of text.split('&')) {
      if (pair === '') continue;
      const equals = pair.indexOf('=');
      const name = decodeQueryText(equals < 0 ? pair : pair.slice(0, equals));
      if (name instanceof Malformed) return name;
      const value = equals < 0 ? '' : pair.slice(equals + 1);
      const bracket = styled.size === 0 ? -1 : name.indexOf('[');
      const owner = bracket < 0 ? undefined : name.slice(0, bracket);
      if (owner !== undefined && styled.get(owner)?.style === 'deepObject') append(deep, owner, [name.slice(bracket), value]);
      else append(texts, name, value);
    }
    const form: Record<string, unknown> = Object.create(null);
    for (const [name, pairs] of deep) {
      form[name] = readDeepObject(pairs, shape.properties.get(name) ?? anyObject, preferText, decodeQueryText);
      if (form[name] instanceof Malformed) return form[name];
    }
    for (const [name, values] of texts) {
      const value = readProperty(name, values, shape, styled.get(name), preferText);
      if (value instanceof Malformed) return value;
      form[name] = value;
    }
    return form;
  };
}

const anyObject: Shape = { types: new Set(['object']), items: undefined, properties: new Map(), additional: undefined, hasAdditional: false };

function append<Item>(lists: Map<string, Item[]>, name: string, item: Item): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [item]);
  else list.push(item);
}

function readProperty(
  name: string,
  texts: readonly string[],
  form: Shape,
  encoding: PropertyEncoding | undefined,
  preferText: boolean,
): unknown {
  const shape = form.properties.get(name) ?? form.additional;
  const layout = shape === undefined ? 'primitive' : (layoutsOf(shape)[0] ?? 'primitive');
  const [first = ''] = texts;
  if (encoding?.style !== undefined && shape !== undefined) {
    const { style, explode } = encoding;
    const read = valueReader({ name, style, explode, shape, layout, preferText, decode: decodeQueryText });
    return read(texts.length === 1 ? first : texts);
  }
  if (layout === 'array') return readList(texts, shape?.items, preferText);
  if (texts.length > 1) return new Malformed('has a property more than once that is no array');
  return readOne(first, shape, preferText);
}

function readList(texts: readonly string[], items: Shape | undefined, preferText: boolean): unknown {
  const list: unknown[] = [];
  for (const text of texts) {
    const item = readOne(text, items, preferText);
    if (item instanceof Malformed) return item;
    list.push(item);
  }
  return list;
}

function readOne(text: string, shape: Shape | undefined, preferText: boolean): unknown {
  const decoded = decodeQueryText(text);
  if (decoded instanceof Malformed) return decoded;
  if (shape === undefined || layoutsOf(shape)[0] === 'primitive') return coercer(shape, preferText)(decoded);
  const parsed = parseJsonText(decoded, maxJsonDepth);
  return parsed.ok ? parsed.value : new Malformed('has a property that is not valid JSON');
}

