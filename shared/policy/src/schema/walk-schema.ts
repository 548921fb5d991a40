import type { z } from 'zod';
import type { PolicyPath } from '../policy-problem.js';

/** What this file needs to know of zod's `def`, which differs from kind to kind. */
interface SchemaDef {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly options?: readonly z.ZodType[];
}

/** The keys that a schema knows at a place, from whatever alternative they come. */
export function knownKeys(schema: z.ZodType, path: PolicyPath): string[] {
  let objects = unwrap(schema);
  for (const step of path) objects = objects.flatMap((def) => stepInto(def, step)).flatMap(unwrap);
  return objects.flatMap((def) => Object.keys(def.shape ?? {}));
}

/** Every key of a schema with its place: `routes.match.hosts`; `*` stands for a name of the file's own. */
export function listKeys(schema: z.ZodType, place = ''): string[] {
  return unwrap(schema).flatMap((def) => {
    if (def.element) return listKeys(def.element, place);
    if (def.valueType) return listKeys(def.valueType, `${place}.*`);
    return Object.entries(def.shape ?? {}).flatMap(([key, value]) => {
      const name = place === '' ? key : `${place}.${key}`;
      return [name, ...listKeys(value, name)];
    });
  });
}

function stepInto(def: SchemaDef, step: string | number): z.ZodType[] {
  const next = typeof step === 'number' ? def.element : (def.shape?.[step] ?? def.valueType);
  return next === undefined ? [] : [next];
}

/** The defs behind defaults, transforms and alternatives. */
function unwrap(schema: z.ZodType): SchemaDef[] {
  const def = schema.def as SchemaDef;
  const inner = def.innerType ?? def.in;
  if (inner !== undefined) return unwrap(inner);
  return def.options === undefined ? [def] : def.options.flatMap(unwrap);
}
