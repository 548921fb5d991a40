import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Schema } from '../schema/schema.js';
import { shapeOf, type Layout } from '../schema/shape.js';
import { readDeepObject } from './deep-object.js';
import { decodePercent, decodeQueryText, keepText } from './percent-decoding.js';
import { readProperties, valueReader, type Pair, type RawValue, type Style } from './styles.js';

type Primitive = string | number | boolean;

/** Percent-encodes everything that is not unreserved (RFC 6570 §3.2.1). */
const encode = (value: Primitive): string =>
  encodeURIComponent(String(value)).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
// "." and "~" are unreserved, and yet the label style takes the dot for itself.
const encodeLabel = (value: Primitive): string => encode(value).replaceAll('.', '%2E');

const flat = (object: Record<string, Primitive>, write = encode): string =>
  Object.entries(object).map(([name, value]) => `${write(name)},${write(value)}`).join(',');
const pairs = (object: Record<string, Primitive>, separator: string, write = encode): string =>
  Object.entries(object).map(([name, value]) => `${write(name)}=${write(value)}`).join(separator);

interface Case {
  readonly style: Style;
  readonly explode: boolean;
  readonly array: ((items: readonly Primitive[]) => RawValue) | undefined;
  readonly object: ((object: Record<string, Primitive>) => RawValue) | undefined;
  readonly primitive: (value: Primitive) => RawValue;
}

const list = (separator: string) => (items: readonly Primitive[]) => items.map((item) => encode(item)).join(separator);
const repeat = (items: readonly Primitive[]): RawValue => items.map((item) => encode(item));

const cases: readonly Case[] = [
  { style: 'simple', explode: false, primitive: encode, array: list(','), object: flat },
  { style: 'simple', explode: true, primitive: encode, array: list(','), object: (object) => pairs(object, ',') },
  { style: 'label', explode: false, primitive: (value) => `.${encode(value)}`, array: (items) => `.${items.map(encode).join(',')}`, object: (object) => `.${flat(object)}` },
  { style: 'label', explode: true, primitive: (value) => `.${encode(value)}`, array: (items) => `.${items.map(encodeLabel).join('.')}`, object: (object) => `.${pairs(object, '.', encodeLabel)}` },
  { style: 'matrix', explode: false, primitive: (value) => `;p=${encode(value)}`, array: (items) => `;p=${items.map(encode).join(',')}`, object: (object) => `;p=${flat(object)}` },
  { style: 'matrix', explode: true, primitive: (value) => `;p=${encode(value)}`, array: (items) => items.map((item) => `;p=${encode(item)}`).join(''), object: (object) => `;${pairs(object, ';')}` },
  { style: 'form', explode: false, primitive: encode, array: list(','), object: flat },
  { style: 'form', explode: true, primitive: encode, array: repeat, object: undefined },
  { style: 'spaceDelimited', explode: false, primitive: encode, array: (items) => items.map((item) => encode(item).replaceAll('%20', '%C2%A0')).join('%20'), object: undefined },
  { style: 'pipeDelimited', explode: false, primitive: encode, array: (items) => items.map((item) => encode(item).replaceAll('%7C', '%21')).join('|'), object: undefined },
];

const anyText = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((text) => text.isWellFormed());
const kinds = [
  { schema: { type: 'string' }, value: anyText as fc.Arbitrary<Primitive> },
  { schema: { type: 'integer' }, value: fc.integer() as fc.Arbitrary<Primitive> },
  { schema: { type: 'number' }, value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0) as fc.Arbitrary<Primitive> },
  { schema: { type: 'boolean' }, value: fc.boolean() as fc.Arbitrary<Primitive> },
] as const;

function read(one: Case, layout: Layout, schema: Schema, raw: RawValue): unknown {
  const shape = shapeOf(schema, new Map());
  const decode = one.style === 'simple' || one.style === 'label' || one.style === 'matrix' ? decodePercent : decodeQueryText;
  return valueReader({ name: 'p', style: one.style, explode: one.explode, shape, layout, preferText: false, decode })(raw);
}

describe.each(cases)('style $style, explode $explode', (one) => {
  it.each(kinds)('reads back a $schema.type', ({ schema, value }) => {
    fc.assert(
      fc.property(value, (expected) => {
        expect(read(one, 'primitive', schema, one.primitive(expected))).toEqual(expected);
      }),
    );
  });

  it.each(kinds)('reads back an array of $schema.type', ({ schema, value }) => {
    const { array } = one;
    if (array === undefined) return;
    // Delimiters that are part of an item cannot be told from the style's own where it encodes them alike.
    const items = fc.array(
      value.filter((item) => (one.style !== 'spaceDelimited' || !/[\u00a0 ]/.test(String(item))) && (one.style !== 'pipeDelimited' || !/[|!]/.test(String(item)))),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(items, (expected) => {
        expect(read(one, 'array', { type: 'array', items: schema }, array(expected))).toEqual(expected);
      }),
    );
  });

  it.each(kinds)('reads back an object of $schema.type', ({ schema, value }) => {
    const { object } = one;
    if (object === undefined) return;
    fc.assert(
      fc.property(fc.dictionary(anyText, value, { minKeys: 1, maxKeys: 4 }), (expected) => {
        const found = read(one, 'object', { type: 'object', additionalProperties: schema }, object(expected));
        expect({ ...(found as object) }).toEqual({ ...expected });
      }),
    );
  });
});

describe('objects that spread over the query', () => {
  const shape = shapeOf({ type: 'object', additionalProperties: { type: ['integer', 'boolean'] } }, new Map());
  const object = fc.dictionary(anyText.filter((name) => !/[[\]]/.test(name)), fc.oneof(fc.integer(), fc.boolean()), { minKeys: 1 });

  it('are read back from deepObject', () => {
    fc.assert(
      fc.property(object, (expected) => {
        const query: Pair[] = Object.entries(expected).map(([name, value]) => [`[${name}]`, encode(value)]);
        expect({ ...(readDeepObject(query, shape, false, decodeQueryText) as object) }).toEqual({ ...expected });
      }),
    );
  });

  it('are read back from exploded names', () => {
    fc.assert(
      fc.property(object, (expected) => {
        const query: Pair[] = Object.entries(expected).map(([name, value]) => [name, encode(value)]);
        expect({ ...(readProperties(query, shape, false, decodeQueryText) as object) }).toEqual({ ...expected });
      }),
    );
  });
});

it('header fields carry text that is not encoded', () => {
  const shape = shapeOf({ type: 'array', items: { type: 'string' } }, new Map());
  const reader = valueReader({ name: 'p', style: 'simple', explode: false, shape, layout: 'array', preferText: false, decode: keepText });
  expect(reader('a%20b, c')).toEqual(['a%20b', 'c']);
});
