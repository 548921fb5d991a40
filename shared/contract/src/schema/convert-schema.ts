import { assertDialect, expectArray, expectObject, member, type JsonObject } from '../api-document.js';
import { ContractError } from '../contract-error.js';
import { child } from '../json-pointer.js';
import { convertDiscriminator } from './convert-discriminator.js';
import { annotationFormats, formatChecks } from './formats.js';
import { readOnlyNames } from './read-only.js';
import { plainKeywords, schemaKeywords, schemaListKeywords, schemaMapKeywords, type Schema } from './schema.js';
import type { SchemaScope } from './schema-set.js';

type Draft = Record<string, unknown>;

/**
 * Converts one Schema Object of OpenAPI 3.0 or 3.1 to JSON Schema 2020-12. Keywords that only annotate are left out.
 * Throws `ContractError` for what cannot be checked and must not be ignored.
 */
export function convertSchema(scope: SchemaScope, node: unknown, pointer: string): Schema {
  if (typeof node === 'boolean') return node;
  const source = expectObject(node, pointer, 'a schema');
  const draft: Draft = {};
  const ref = member(source, '$ref');
  if (ref !== undefined) {
    Object.assign(draft, scope.refer(ref, child(pointer, '$ref')));
    if (scope.document.dialect === '3.0') return draft;
  }
  refuseUnsupported(source, pointer);
  convertPlain(scope, source, draft, pointer);
  convertFormat(scope, source, draft, pointer);
  convertNested(scope, source, draft, pointer);
  if (scope.document.dialect === '3.0') convertDialect30(scope, draft, source, pointer);
  else if ('nullable' in source) scope.warn(child(pointer, 'nullable'), 'means nothing in OpenAPI 3.1: list "null" in "type"');
  convertDiscriminator(scope, source, draft, pointer);
  if (draft['properties'] !== undefined && draft['type'] === undefined && ref === undefined && !isPart(pointer)) {
    scope.warn(pointer, 'lists properties but no "type": values that are no objects pass');
  }
  return draft;
}

function refuseUnsupported(source: JsonObject, pointer: string): void {
  for (const keyword of ['$dynamicRef', '$recursiveRef']) {
    if (keyword in source) throw new ContractError(child(pointer, keyword), `"${keyword}" is not supported; use "$ref"`);
  }
  if ('$schema' in source) assertDialect(source['$schema'], child(pointer, '$schema'));
}

function convertPlain(scope: SchemaScope, source: JsonObject, draft: Draft, pointer: string): void {
  for (const keyword of plainKeywords) {
    const value = member(source, keyword);
    if (value !== undefined) draft[keyword] = value;
  }
  const pattern = member(source, 'pattern');
  if (pattern !== undefined) {
    if (typeof pattern !== 'string') throw new ContractError(child(pointer, 'pattern'), '"pattern" must be a string');
    scope.usePattern(pattern, child(pointer, 'pattern'));
    draft['pattern'] = pattern;
  }
  if (!Array.isArray(draft['required'])) return;
  for (const name of draft['required']) if (typeof name === 'string') scope.notePropertyName(name);
  const optional = readOnlyNames(scope.document, source, pointer);
  if (optional.size > 0) draft['required'] = draft['required'].filter((name) => !optional.has(name));
}

function convertFormat(scope: SchemaScope, source: JsonObject, draft: Draft, pointer: string): void {
  const format = member(source, 'format');
  if (format === undefined) return;
  if (typeof format !== 'string') throw new ContractError(child(pointer, 'format'), '"format" must be a string');
  if (formatChecks.has(format)) draft['format'] = format;
  else if (!annotationFormats.has(format)) scope.warn(child(pointer, 'format'), `the format "${format}" is not checked`);
}

function convertNested(scope: SchemaScope, source: JsonObject, draft: Draft, pointer: string): void {
  for (const keyword of schemaKeywords) {
    const value = member(source, keyword);
    if (value !== undefined) draft[keyword] = convertSchema(scope, value, child(pointer, keyword));
  }
  for (const keyword of schemaListKeywords) {
    const value = member(source, keyword);
    if (value === undefined) continue;
    const at = child(pointer, keyword);
    draft[keyword] = expectArray(value, at, `"${keyword}"`).map((one, index) => convertSchema(scope, one, child(at, index)));
  }
  for (const keyword of schemaMapKeywords) {
    const value = member(source, keyword);
    if (value === undefined) continue;
    const at = child(pointer, keyword);
    const converted: Record<string, Schema> = Object.create(null);
    for (const [name, one] of Object.entries(expectObject(value, at, `"${keyword}"`))) {
      if (keyword === 'patternProperties') scope.usePattern(name, child(at, name));
      else scope.notePropertyName(name);
      converted[name] = convertSchema(scope, one, child(at, name));
    }
    draft[keyword] = converted;
  }
}

/** OpenAPI 3.0 (§4.7.24) has a type of one name, `nullable`, and exclusive bounds as booleans. */
function convertDialect30(scope: SchemaScope, draft: Draft, source: JsonObject, pointer: string): void {
  for (const [exclusive, bound] of [['exclusiveMinimum', 'minimum'], ['exclusiveMaximum', 'maximum']] as const) {
    if (typeof draft[exclusive] !== 'boolean') continue;
    const isExclusive = draft[exclusive];
    delete draft[exclusive];
    if (!isExclusive || draft[bound] === undefined) continue;
    draft[exclusive] = draft[bound];
    delete draft[bound];
  }
  if (member(source, 'nullable') !== true) return;
  if (typeof draft['type'] === 'string') {
    draft['type'] = [draft['type'], 'null'];
    if (Array.isArray(draft['enum']) && !draft['enum'].includes(null)) {
      scope.warn(child(pointer, 'nullable'), 'null stays refused, since "enum" does not list it');
    }
  } else if (['allOf', 'anyOf', 'oneOf', 'enum'].some((keyword) => keyword in source)) {
    scope.warn(child(pointer, 'nullable'), 'has no effect without a "type" beside it');
  }
}

/** Whether a schema is a part of another that says the type, as the members of `allOf` often are. */
function isPart(pointer: string): boolean {
  return /\/(?:allOf|anyOf|oneOf)\/\d+$|\/(?:if|then|else|not)$/.test(pointer);
}
