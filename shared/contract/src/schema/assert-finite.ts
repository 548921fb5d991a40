import { ContractError } from '../contract-error.js';
import type { SchemaSet } from './schema-set.js';
import { referenceOf, type Schema } from './schema.js';

const sameValueSchemas = ['not', 'if', 'then', 'else'] as const;
const sameValueLists = ['allOf', 'anyOf', 'oneOf'] as const;

/** Refuses references that lead a value back to the schema it is being checked against: such a check would never end. */
export function assertFinite(set: SchemaSet): void {
  const done = new Set<string>();
  const open = new Set<string>();

  function visit(name: string): void {
    if (done.has(name)) return;
    if (open.has(name)) {
      const pointer = set.pointers.get(name) ?? '';
      throw new ContractError(pointer, 'the schema refers to itself for one and the same value, by way of allOf, oneOf or the like');
    }
    open.add(name);
    for (const next of referencesOfSameValue(set.definitions.get(name) ?? true)) visit(next);
    open.delete(name);
    done.add(name);
  }

  for (const name of set.definitions.keys()) visit(name);
}

function* referencesOfSameValue(schema: Schema): Generator<string> {
  if (typeof schema === 'boolean') return;
  const reference = referenceOf(schema);
  if (reference !== undefined) yield reference;
  for (const keyword of sameValueSchemas) {
    const one = schema[keyword];
    if (one !== undefined) yield* referencesOfSameValue(one as Schema);
  }
  for (const keyword of sameValueLists) for (const one of schema[keyword] ?? []) yield* referencesOfSameValue(one);
  for (const one of Object.values(schema['dependentSchemas'] ?? {})) yield* referencesOfSameValue(one as Schema);
}
