/** A JSON Schema of the dialect 2020-12, as ajv gets it. Its `$ref`s are names of the same `SchemaSet`. */
export type Schema = boolean | SchemaObject;

export interface SchemaObject {
  readonly $ref?: string;
  /** A reference that closes a loop of references; it is followed when a value is checked, not when schemas are compiled. */
  readonly sallyportLoop?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}

/** Keyword of a reference that closes a loop. */
export const loopKeyword = 'sallyportLoop';

/** Keyword that counts visits; it stands in every schema that a loop of references leads back to. */
export const visitKeyword = 'sallyportVisit';

/** Where a schema refers to, whichever way. */
export function referenceOf(schema: SchemaObject): string | undefined {
  return schema.$ref ?? schema.sallyportLoop;
}

/** Keywords of 2020-12 whose value is taken over as it stands. */
export const plainKeywords = [
  'type', 'enum', 'const', 'multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum', 'maxLength',
  'minLength', 'maxItems', 'minItems', 'uniqueItems', 'maxContains', 'minContains', 'maxProperties', 'minProperties',
  'required', 'dependentRequired',
] as const;

/** Keywords of 2020-12 whose value is one schema. */
export const schemaKeywords = [
  'items', 'contains', 'additionalProperties', 'propertyNames', 'if', 'then', 'else', 'not', 'unevaluatedItems',
  'unevaluatedProperties',
] as const;

/** Keywords of 2020-12 whose value is a list of schemas. */
export const schemaListKeywords = ['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const;

/** Keywords of 2020-12 whose value is an object of schemas. */
export const schemaMapKeywords = ['properties', 'patternProperties', 'dependentSchemas'] as const;
