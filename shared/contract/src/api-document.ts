import { ContractError, type ContractWarning } from './contract-error.js';
import { child, tokensOf } from './json-pointer.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** A node of the document and the JSON Pointer of its place. */
export interface Located<Node = unknown> {
  readonly node: Node;
  readonly pointer: string;
}

export type Dialect = '3.0' | '3.1';

export interface ApiDocument {
  readonly root: JsonObject;
  readonly dialect: Dialect;
  readonly warnings: ContractWarning[];
}

const dialectsOfSchemas = new Set([
  'https://spec.openapis.org/oas/3.1/dialect/base',
  'https://json-schema.org/draft/2020-12/schema',
]);

/** Accepts an OpenAPI 3.0.x or 3.1.x document. Throws `ContractError` for anything else. */
export function openDocument(source: unknown): ApiDocument {
  if (!isObject(source)) throw new ContractError('', 'an OpenAPI document is an object');
  const version = source['openapi'];
  if (typeof version !== 'string') {
    const hint = 'swagger' in source ? '; Swagger 2.0 must be converted first' : '';
    throw new ContractError('', `has no "openapi" version${hint}`);
  }
  const match = /^3\.([01])\.\d{1,9}(?:-[\w.]{1,32})?$/.exec(version);
  if (match === null) throw new ContractError('/openapi', 'only OpenAPI 3.0.x and 3.1.x are understood');
  const document: ApiDocument = { root: source, dialect: match[1] === '0' ? '3.0' : '3.1', warnings: [] };
  const schemaDialect = source['jsonSchemaDialect'];
  if (schemaDialect !== undefined) assertDialect(schemaDialect, '/jsonSchemaDialect');
  return document;
}

/** Refuses a JSON Schema dialect other than 2020-12 (which OpenAPI 3.1's own is a superset of). */
export function assertDialect(uri: unknown, pointer: string): void {
  if (typeof uri === 'string' && dialectsOfSchemas.has(uri.replace(/#$/, ''))) return;
  throw new ContractError(pointer, 'only the JSON Schema dialect 2020-12 is understood');
}

export function isObject(node: unknown): node is JsonObject {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}

/** The node as an object, or a `ContractError` that says what was expected. */
export function expectObject(node: unknown, pointer: string, what: string): JsonObject {
  if (isObject(node)) return node;
  throw new ContractError(pointer, `${what} must be an object`);
}

/** The node as a list, or a `ContractError` that says what was expected. */
export function expectArray(node: unknown, pointer: string, what: string): readonly unknown[] {
  if (Array.isArray(node)) return node;
  throw new ContractError(pointer, `${what} must be a list`);
}

/** Own member of an object; inherited names such as `constructor` do not count. */
export function member(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** The object that a node is, or that its chain of `$ref`s ends at. Loops and references out of the document are errors. */
export function dereference(document: ApiDocument, node: unknown, pointer: string, what: string): Located<JsonObject> {
  let at: Located<JsonObject> = { node: expectObject(node, pointer, what), pointer };
  const seen = new Set<string>();
  for (;;) {
    const ref = member(at.node, '$ref');
    if (ref === undefined) return at;
    if (seen.has(at.pointer)) throw new ContractError(child(pointer, '$ref'), 'the reference leads back to itself');
    seen.add(at.pointer);
    const target = resolveReference(document, ref, child(at.pointer, '$ref'));
    at = { node: expectObject(target.node, target.pointer, what), pointer: target.pointer };
  }
}

/** The place that one `$ref` names. Only JSON Pointers into the same document are followed. */
export function resolveReference(document: ApiDocument, ref: unknown, pointer: string): Located {
  if (typeof ref !== 'string') throw new ContractError(pointer, '"$ref" must be a string');
  if (ref !== '#' && !ref.startsWith('#/')) {
    throw new ContractError(pointer, 'only references inside the document are followed, as "#/…"; bundle it first');
  }
  let target: string;
  try {
    target = decodeURIComponent(ref.slice(1));
  } catch {
    throw new ContractError(pointer, 'the reference is not valid percent-encoding');
  }
  let node: unknown = document.root;
  for (const token of tokensOf(target)) {
    if (Array.isArray(node) && /^(?:0|[1-9]\d{0,8})$/.test(token)) node = node[Number(token)];
    else node = isObject(node) ? member(node, token) : undefined;
    if (node === undefined) throw new ContractError(pointer, `the reference "${ref}" leads nowhere`);
  }
  return { node, pointer: target };
}
