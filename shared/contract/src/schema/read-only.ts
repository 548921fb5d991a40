import { dereference, isObject, member, type ApiDocument, type JsonObject } from '../api-document.js';
import { child } from '../json-pointer.js';

/**
 * Names of the properties that a schema, or a member of its `allOf`, marks as `readOnly`: a request need not send them even
 * where they are required (OpenAPI 3.0 §4.7.24.2). Those it does send are checked like any other.
 */
export function readOnlyNames(document: ApiDocument, schema: JsonObject, pointer: string): ReadonlySet<string> {
  const names = new Set<string>();
  collect(document, schema, pointer, names, new Set());
  return names;
}

function collect(document: ApiDocument, schema: JsonObject, pointer: string, names: Set<string>, seen: Set<string>): void {
  if (seen.has(pointer)) return;
  seen.add(pointer);
  const properties = member(schema, 'properties');
  if (isObject(properties)) {
    for (const [name, property] of Object.entries(properties)) {
      if (isReadOnly(document, property, child(child(pointer, 'properties'), name))) names.add(name);
    }
  }
  const parts = member(schema, 'allOf');
  if (!Array.isArray(parts)) return;
  parts.forEach((part: unknown, index) => {
    if (!isObject(part)) return;
    const target = dereference(document, part, child(child(pointer, 'allOf'), index), 'a schema');
    collect(document, target.node, target.pointer, names, seen);
  });
}

function isReadOnly(document: ApiDocument, property: unknown, pointer: string): boolean {
  if (!isObject(property)) return false;
  if (property['readOnly'] === true && (document.dialect === '3.1' || !('$ref' in property))) return true;
  return '$ref' in property && dereference(document, property, pointer, 'a schema').node['readOnly'] === true;
}
