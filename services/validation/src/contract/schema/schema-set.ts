import { isObject, resolveReference, type ApiDocument } from '../api-document.js';
import { ContractError, type ContractWarning } from '../contract-error.js';
import { convertSchema } from './convert-schema.js';
import { compilePattern, type LinearPattern } from './linear-pattern.js';
import type { Schema } from './schema.js';
import { PatternError } from './read-escape.js';

/** Keyword that counts visits; it stands in every schema through which a document's references loop. */
export const visitKeyword = 'sallyportVisit';

/** The schemas that requests are checked against, converted to 2020-12; equal ones have one name. */
export interface SchemaSet {
  readonly document: ApiDocument;
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
  /** The name of the schema that a `$ref` leads to. */
  nameOf(ref: unknown, pointer: string): string;
}

export function createSchemaSet(document: ApiDocument): SchemaSet {
  const definitions = new Map<string, Schema>();
  const pointers = new Map<string, string>();
  const patterns = new Map<string, LinearPattern>();
  const propertyNames = new Set<string>();
  const namesByPointer = new Map<string, string>();
  const namesByText = new Map<string, string>();
  const open = new Set<string>();
  const looping = new Set<string>();

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
    nameOf(ref, pointer) {
      const target = resolveReference(document, ref, pointer);
      const known = namesByPointer.get(target.pointer);
      if (known !== undefined) {
        if (open.has(known)) looping.add(known);
        return known;
      }
      return define(target.node, target.pointer);
    },
  };

  function newName(pointer: string): string {
    const name = `schema:${pointers.size}`;
    pointers.set(name, pointer);
    return name;
  }

  function define(node: unknown, pointer: string): string {
    const name = newName(pointer);
    namesByPointer.set(pointer, name);
    open.add(name);
    const schema = convertSchema(scope, node, pointer);
    open.delete(name);
    // Every loop of references passes through a schema that was open when it was referred to.
    definitions.set(name, looping.has(name) && isObject(schema) ? { ...schema, [visitKeyword]: true } : schema);
    return name;
  }

  function add(node: unknown, pointer: string): string {
    const known = namesByPointer.get(pointer);
    if (known !== undefined) return known;
    const schema = convertSchema(scope, node, pointer);
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
  return schema.$ref;
}
