/** A `$ref` (or a value of `discriminator.mapping`), and how to write another in its place. */
export interface Reference {
  readonly target: string;
  replace(target: string): void;
}

/** Keywords whose members are names of the author's own, of which none is a keyword. */
const NAME_MAPS = new Set([
  'properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'schemas', 'responses', 'parameters', 'requestBodies',
  'headers', 'securitySchemes', 'links', 'callbacks', 'pathItems', 'paths', 'webhooks', 'content', 'variables', 'encoding',
]);
/** Keywords that hold data, in which `$ref` means nothing. */
const DATA = new Set(['example', 'examples', 'default', 'enum', 'const']);

/** All references of an OpenAPI document or a part of one, depth first. */
export function findReferences(root: unknown): Reference[] {
  const found: Reference[] = [];
  const seen = new Set<object>();
  const visit = (node: unknown, isNameMap: boolean): void => {
    if (typeof node !== 'object' || node === null || seen.has(node)) return;
    seen.add(node);
    const isList = Array.isArray(node);
    for (const [key, child] of Object.entries(node)) {
      const isKeyword = !isNameMap && !isList;
      if (isKeyword && (DATA.has(key) || key.startsWith('x-'))) continue;
      if (isKeyword && key === '$ref' && typeof child === 'string') found.push(referenceAt(node as Record<string, unknown>, key, child));
      else if (isKeyword && key === 'discriminator') found.push(...findMappings(child));
      else visit(child, isKeyword && NAME_MAPS.has(key) && !Array.isArray(child));
    }
  };
  visit(root, false);
  return found;
}

function findMappings(discriminator: unknown): Reference[] {
  const mapping = (discriminator as { mapping?: unknown } | null)?.mapping;
  if (typeof mapping !== 'object' || mapping === null) return [];
  return Object.entries(mapping)
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string' && /[#/]|\.(?:json|ya?ml)$/.test(entry[1]))
    .map(([key, target]) => referenceAt(mapping as Record<string, unknown>, key, target));
}

function referenceAt(owner: Record<string, unknown>, key: string, target: string): Reference {
  return {
    target,
    replace(other) {
      owner[key] = other;
    },
  };
}
