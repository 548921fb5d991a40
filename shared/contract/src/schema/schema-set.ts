import { isObject, resolveReference, type ApiDocument, type Located } from '../api-document.js';
import { ContractError, type ContractWarning } from '../contract-error.js';
import { convertSchema } from './convert-schema.js';
import { compilePattern, type LinearPattern } from './linear-pattern.js';
import { loopKeyword, referenceOf, visitKeyword, type Schema, type SchemaObject } from './schema.js';
import { PatternError } from './read-escape.js';

/** The schemas that requests are checked against, converted to 2020-12; equal ones have one name. */
export interface SchemaSet {
  readonly document: ApiDocument;
  /** What a schema refers to by `$ref` comes before it, but for references between parts of one value. */
  readonly definitions: ReadonlyMap<string, Schema>;
  readonly patterns: ReadonlyMap<string, LinearPattern>;
  /** Every property name that a schema lists. */
  readonly propertyNames: ReadonlySet<string>;
  /** Where in the document a schema stands, for faults that show only when it is compiled. */
  readonly pointers: ReadonlyMap<string, string>;
  /** Converts the schema at a place of the document and returns its name. */
  add(node: unknown, pointer: string): string;
}

/** What the conversion of one schema needs of the set. */
export interface SchemaScope {
  readonly document: ApiDocument;
  warn(pointer: string, message: string): void;
  notePropertyName(name: string): void;
  /** Checks that a linear-time engine can run the pattern. */
  usePattern(source: string, pointer: string): void;
  /** A schema that says no more than what a `$ref` leads to. */
  refer(ref: unknown, pointer: string): SchemaObject;
}

/** So many references deep the conversion puts off what comes next, lest a long chain of them overflow the stack. */
const maxOpen = 100;

export function createSchemaSet(document: ApiDocument): SchemaSet {
  const definitions = new Map<string, Schema>();
  const pointers = new Map<string, string>();
  const patterns = new Map<string, LinearPattern>();
  const propertyNames = new Set<string>();
  const namesByPointer = new Map<string, string>();
  const namesByText = new Map<string, string>();
  const open = new Set<string>();
  const looping = new Set<string>();
  const pending = new Set<string>();
  const targets = new Map<string, Located>();

  const scope: SchemaScope = {
    document,
    warn: (pointer, message) => void document.warnings.push({ pointer, message } satisfies ContractWarning),
    notePropertyName: (name) => void propertyNames.add(name),
    usePattern(source, pointer) {
      if (patterns.has(source)) return;
      try {
        patterns.set(source, compilePattern(source));
      } catch (error) {
        if (!(error instanceof PatternError)) throw error;
        throw new ContractError(pointer, `the pattern ${error.message}`);
      }
    },
    refer(ref, pointer) {
      const target = resolveReference(document, ref, pointer);
      const inPlace = isInPlace(pointer);
      const known = namesByPointer.get(target.pointer);
      if (known === undefined && (open.size < maxOpen || inPlace)) return { $ref: define(reserve(target)) };
      const name = known ?? reserve(target);
      if (known === undefined) pending.add(name);
      if (!open.has(name) && !pending.has(name)) return { $ref: name };
      looping.add(name);
      // What a part of the same value says must stay visible to "unevaluatedProperties".
      return inPlace ? { $ref: name } : { [loopKeyword]: name };
    },
  };

  function newName(pointer: string): string {
    const name = `schema:${pointers.size}`;
    pointers.set(name, pointer);
    return name;
  }

  function reserve(target: Located): string {
    const name = newName(target.pointer);
    namesByPointer.set(target.pointer, name);
    targets.set(name, target);
    return name;
  }

  function define(name: string): string {
    const target = targets.get(name);
    if (target === undefined) throw new TypeError(`no schema is named ${name}`);
    pending.delete(name);
    open.add(name);
    const schema = convertSchema(scope, target.node, target.pointer);
    open.delete(name);
    // Every loop of references passes through a schema that was open or pending when it was referred to.
    definitions.set(name, looping.has(name) && isObject(schema) ? { ...schema, [visitKeyword]: true } : schema);
    return name;
  }

  function add(node: unknown, pointer: string): string {
    const known = namesByPointer.get(pointer);
    if (known !== undefined) return known;
    const schema = convertSchema(scope, node, pointer);
    for (const name of pending) define(name);
    const target = onlyReference(schema);
    if (target !== undefined) return target;
    const text = JSON.stringify(schema);
    const equal = namesByText.get(text);
    if (equal !== undefined) return equal;
    const name = newName(pointer);
    namesByText.set(text, name);
    definitions.set(name, schema);
    return name;
  }

  return { document, definitions, patterns, propertyNames, pointers, add };
}

function onlyReference(schema: Schema): string | undefined {
  if (typeof schema === 'boolean' || Object.keys(schema).length !== 1) return undefined;
  return referenceOf(schema);
}

/** Whether a `$ref` stands where its schema is one of several for the same value. */
function isInPlace(pointer: string): boolean {
  return /\/(?:(?:allOf|anyOf|oneOf)\/\d+|if|then|else|not|dependentSchemas\/[^/]*|schemas\/[^/]*)\/\$ref$/.test(pointer);
}
