import { referenceOf, type Schema, type SchemaObject } from './schema.js';

export type JsonType = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';

/** What kind of value a schema is after: what text must be read as before it can be checked. */
export interface Shape {
  /** `number` comes with `integer`. */
  readonly types: ReadonlySet<JsonType>;
  readonly items: Shape | undefined;
  readonly properties: ReadonlyMap<string, Shape>;
  /** What `additionalProperties` says of the values of other names, where it is stated at all. */
  readonly additional: Shape | undefined;
  readonly hasAdditional: boolean;
}

type Definitions = ReadonlyMap<string, Schema>;

const everyType: readonly JsonType[] = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];

/** Bounds the search through references, which may yet turn out to lead in circles. */
const maxDepth = 32;

/** The shape of a schema of the set, looking through references, `allOf` and alternatives. Inner shapes are found when asked for. */
export function shapeOf(schema: Schema, definitions: Definitions, depth = 0): Shape {
  if (typeof schema === 'boolean' || depth > maxDepth) return anyShape;
  let shape = ownShape(schema, definitions);
  const beside = (one: Schema): Shape => shapeOf(one, definitions, depth + 1);
  const reference = referenceOf(schema);
  if (reference !== undefined) shape = both(shape, beside(definitions.get(reference) ?? true));
  for (const part of schema.allOf ?? []) shape = both(shape, beside(part));
  for (const alternatives of [schema.anyOf, schema.oneOf]) {
    if (alternatives !== undefined && alternatives.length > 0) shape = both(shape, alternatives.map(beside).reduce(either));
  }
  for (const keyword of ['then', 'else'] as const) {
    const conditional = schema[keyword];
    if (conditional !== undefined) shape = both(shape, { ...beside(conditional as Schema), types: anyShape.types });
  }
  return shape;
}

const anyShape: Shape = {
  types: new Set(everyType),
  items: undefined,
  properties: new Map(),
  additional: undefined,
  hasAdditional: false,
};

function ownShape(schema: SchemaObject, definitions: Definitions): Shape {
  const inner = (one: Schema): Shape => new InnerShape(one, definitions);
  const { items, additionalProperties: additional } = schema;
  return {
    types: typesOf(schema),
    items: items === undefined ? undefined : inner(items),
    properties: new Map(Object.entries(schema.properties ?? {}).map(([name, property]) => [name, inner(property)])),
    additional: additional === undefined ? undefined : inner(additional),
    hasAdditional: additional !== undefined || schema.patternProperties !== undefined,
  };
}

/** A shape that is worked out when it is first looked at: schemas may contain themselves. */
class InnerShape implements Shape {
  readonly #schema: Schema;
  readonly #definitions: Definitions;
  #shape: Shape | undefined;

  constructor(schema: Schema, definitions: Definitions) {
    this.#schema = schema;
    this.#definitions = definitions;
  }

  get #found(): Shape {
    return (this.#shape ??= shapeOf(this.#schema, this.#definitions));
  }

  get types(): ReadonlySet<JsonType> {
    return this.#found.types;
  }
  get items(): Shape | undefined {
    return this.#found.items;
  }
  get properties(): ReadonlyMap<string, Shape> {
    return this.#found.properties;
  }
  get additional(): Shape | undefined {
    return this.#found.additional;
  }
  get hasAdditional(): boolean {
    return this.#found.hasAdditional;
  }
}

function typesOf(schema: SchemaObject): ReadonlySet<JsonType> {
  const named = schema.type === undefined ? everyType : [schema.type].flat();
  const types = new Set(everyType.filter((type) => named.includes(type) || (type === 'integer' && named.includes('number'))));
  const values = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (values === undefined) return types;
  const found = new Set(values.flatMap(typesOfValue));
  return new Set([...types].filter((type) => found.has(type)));
}

function typesOfValue(value: unknown): JsonType[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  if (typeof value === 'number') return ['number', 'integer'];
  return everyType.filter((type) => type === typeof value);
}

function both(left: Shape, right: Shape): Shape {
  return { ...joined(left, right), types: new Set([...left.types].filter((type) => right.types.has(type))) };
}

function either(left: Shape, right: Shape): Shape {
  return { ...joined(left, right), types: new Set([...left.types, ...right.types]) };
}

function joined(left: Shape, right: Shape): Omit<Shape, 'types'> {
  return {
    items: left.items ?? right.items,
    properties: new Map([...right.properties, ...left.properties]),
    additional: left.additional ?? right.additional,
    hasAdditional: left.hasAdditional || right.hasAdditional,
  };
}

/** How the text of a value is laid out. */
export type Layout = 'primitive' | 'array' | 'object';

/** The layouts that a shape admits, the likeliest first. A schema that names no type is taken by its other keywords. */
export function layoutsOf(shape: Shape): readonly Layout[] {
  if (everyType.every((type) => shape.types.has(type))) {
    if (shape.properties.size > 0) return ['object'];
    return shape.items === undefined ? ['primitive'] : ['array'];
  }
  const layouts: Layout[] = [];
  if ([...shape.types].some((type) => type !== 'array' && type !== 'object')) layouts.push('primitive');
  if (shape.types.has('array')) layouts.push('array');
  if (shape.types.has('object')) layouts.push('object');
  return layouts.length === 0 ? ['primitive'] : layouts;
}
