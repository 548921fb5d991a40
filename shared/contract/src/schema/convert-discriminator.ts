import { dereference, isObject, member, resolveReference, type JsonObject } from '../api-document.js';
import { ContractError } from '../contract-error.js';
import { child, tokensOf } from '../json-pointer.js';
import type { SchemaScope } from './schema-set.js';
import type { Schema } from './schema.js';

/**
 * Puts a tagged choice in the place of `oneOf` or `anyOf` where a `discriminator` says which property holds the tag: the tag
 * must be one that is known, and the value must match the schema which the tag names. A tag is an entry of `mapping`, a value
 * that the alternative itself admits (`const`, `enum`), or else the alternative's name.
 */
export function convertDiscriminator(scope: SchemaScope, source: JsonObject, draft: Record<string, unknown>, pointer: string): void {
  const discriminator = member(source, 'discriminator');
  if (discriminator === undefined) return;
  const at = child(pointer, 'discriminator');
  const property = isObject(discriminator) ? member(discriminator, 'propertyName') : undefined;
  if (!isObject(discriminator) || typeof property !== 'string') {
    throw new ContractError(at, 'a discriminator needs a "propertyName"');
  }
  const keyword = 'oneOf' in source ? 'oneOf' : 'anyOf';
  const alternatives = member(source, keyword);
  const converted = draft[keyword];
  if (!Array.isArray(alternatives) || !Array.isArray(converted)) {
    scope.warn(at, 'is not applied, since there is no "oneOf" or "anyOf" beside it');
    return;
  }
  const tags = collectTags(scope, alternatives, property, child(pointer, keyword));
  if (tags === undefined || !addMapping(scope, member(discriminator, 'mapping'), alternatives, tags, pointer, keyword)) {
    scope.warn(at, `is not applied: no tag can be told for each alternative; "${keyword}" is checked as it stands`);
    return;
  }
  scope.notePropertyName(property);
  delete draft[keyword];
  const choice = {
    required: [property],
    properties: { [property]: { enum: tags.flat() } },
    allOf: converted.map((alternative: Schema, index) => ({
      if: { not: { required: [property], properties: { [property]: { enum: tags[index] } } } },
      else: alternative,
    })),
  };
  draft['allOf'] = [...(Array.isArray(draft['allOf']) ? draft['allOf'] : []), choice];
}

/** The tags of each alternative, or undefined where one has none. */
function collectTags(scope: SchemaScope, alternatives: readonly unknown[], property: string, pointer: string): string[][] | undefined {
  const tags: string[][] = [];
  for (const [index, alternative] of alternatives.entries()) {
    if (!isObject(alternative)) return undefined;
    const at = child(pointer, index);
    const own = admittedValues(scope, alternative, property, at);
    const ref = member(alternative, '$ref');
    const name = typeof ref === 'string' ? tokensOf(resolveReference(scope.document, ref, child(at, '$ref')).pointer).at(-1) : undefined;
    if (own.length > 0) tags.push(own);
    else if (name !== undefined) tags.push([name]);
    else return undefined;
  }
  return tags;
}

/** The string values that an alternative's `const` or `enum` admits for the tag, looking through `allOf`. */
function admittedValues(scope: SchemaScope, schema: JsonObject, property: string, pointer: string): string[] {
  const target = dereference(scope.document, schema, pointer, 'a schema');
  const properties = member(target.node, 'properties');
  const own = isObject(properties) ? member(properties, property) : undefined;
  if (isObject(own)) {
    const at = child(child(target.pointer, 'properties'), property);
    const { node } = dereference(scope.document, own, at, 'a schema');
    const listed = member(node, 'enum');
    const values = Array.isArray(listed) ? listed : [member(node, 'const')];
    const strings = values.filter((value) => typeof value === 'string');
    if (strings.length > 0) return strings;
  }
  const parts = member(target.node, 'allOf');
  if (!Array.isArray(parts)) return [];
  for (const [index, part] of parts.entries()) {
    const partPointer = child(child(target.pointer, 'allOf'), index);
    // An alternative may extend the very schema that lists it.
    if (!isObject(part) || '$ref' in part) continue;
    const values = admittedValues(scope, part, property, partPointer);
    if (values.length > 0) return values;
  }
  return [];
}

/** Adds the explicit tags; false where one tag would name two alternatives. */
function addMapping(
  scope: SchemaScope,
  mapping: unknown,
  alternatives: readonly unknown[],
  tags: string[][],
  pointer: string,
  keyword: string,
): boolean {
  const at = child(child(pointer, 'discriminator'), 'mapping');
  if (mapping !== undefined && !isObject(mapping)) throw new ContractError(at, '"mapping" must be an object');
  const targets = alternatives.map((alternative, index) => {
    const ref = isObject(alternative) ? member(alternative, '$ref') : undefined;
    if (ref === undefined) return undefined;
    return resolveReference(scope.document, ref, child(child(child(pointer, keyword), index), '$ref')).pointer;
  });
  for (const [tag, value] of Object.entries(mapping ?? {})) {
    const ref = typeof value === 'string' && !value.startsWith('#') ? `#/components/schemas/${value}` : value;
    const index = targets.indexOf(resolveReference(scope.document, ref, child(at, tag)).pointer);
    const list = tags[index];
    if (list === undefined) throw new ContractError(child(at, tag), `names a schema that "${keyword}" does not list`);
    if (!list.includes(tag)) list.push(tag);
  }
  const all = tags.flat();
  return new Set(all).size === all.length;
}
