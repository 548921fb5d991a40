import type { Schema, SchemaObject } from './schema.js';

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

const everyType: readonly JsonType[] = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];
const maxDepth = 8;

/** The shape of a schema of the set, looking through references, `allOf` and alternatives. */
export function shapeOf(schema: Schema, definitions: ReadonlyMap<string, Schema>, depth = 0): Shape {
  if (typeof schema === 'boolean' || depth > maxDepth) return anyShape;
  let shape = ownShape(schema, definitions, depth);
  const below = (one: Schema): Shape => shapeOf(one, definitions, depth + 1);
  if (schema.$ref !== undefined) shape = both(shape, below(definitions.get(schema.$ref) ?? true));
  for (const part of schema.allOf ?? []) shape = both(shape, below(part));
  for (const alternatives of [schema.anyOf, schema.oneOf]) {
    if (alternatives !== undefined && alternatives.length > 0) shape = both(shape, alternatives.map(below).reduce(either));
  }
  for (const keyword of ['then', 'else'] as const) {
    const conditional = schema[keyword];
    if (conditional !== undefined) shape = both(shape, { ...below(conditional as Schema), types: anyShape.types });
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

function ownShape(schema: SchemaObject, definitions: ReadonlyMap<string, Schema>, depth: number): Shape {
  const properties = new Map<string, Shape>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    properties.set(name, shapeOf(property, definitions, depth + 1));
  }
  const additional = schema.additionalProperties;
  return {
    types: typesOf(schema),
    items: schema.items === undefined ? undefined : shapeOf(schema.items, definitions, depth + 1),
    properties,
    additional: additional === undefined ? undefined : shapeOf(additional, definitions, depth + 1),
    hasAdditional: additional !== undefined || schema.patternProperties !== undefined,
  };
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
  if (['string', 'number', 'integer', 'boolean', 'null'].some((type) => shape.types.has(type as JsonType))) layouts.push('primitive');
  if (shape.types.has('array')) layouts.push('array');
  if (shape.types.has('object')) layouts.push('object');
  return layouts.length === 0 ? ['primitive'] : layouts;
}
