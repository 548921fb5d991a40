import { createHash } from 'node:crypto';

/** The same value with the keys of all maps sorted. */
export function canonicalize<T>(value: T): T {
  if (Array.isArray(value)) return value.map(canonicalize) as T;
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, canonicalize((value as Record<string, unknown>)[key])])) as T;
}

/** SHA-256 (hex) of the JSON of a canonical value. */
export function digestDocument(canonical: unknown): string {
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}
