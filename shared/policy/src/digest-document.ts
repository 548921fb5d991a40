import { createHash } from 'node:crypto';

/** The same value with the keys of all maps sorted. */
export function canonicalize<T>(value: T): T {
  if (Array.isArray(value)) return value.map(canonicalize) as T;
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value).toSorted();
  return Object.fromEntries(keys.map((key) => [key, canonicalize((value as Record<string, unknown>)[key])])) as T;
}

/** SHA-256 (hex) of the JSON of a value in its canonical form. */
export function digestDocument(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(canonicalize(value))).digest('hex');
}
