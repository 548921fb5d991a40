import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { ContractError } from '../contract-error.js';
import { assertFinite } from './assert-finite.js';
import { compileSchema, createAjv, outOfVisits, type Visits } from './create-ajv.js';
import { loopKeyword, visitKeyword } from './schema.js';
import type { SchemaSet } from './schema-set.js';

/** Says why a value does not match, or `undefined` where it does. */
export interface Validator {
  /** Stops at the first fault. `valueBytes` bounds the work: a value that takes more visits than it has room for fails. */
  check(value: unknown, valueBytes: number): readonly ErrorObject[] | undefined;
  /** Every fault; for small values only, since it can be much more than the value is long. */
  checkAll(value: unknown, valueBytes: number): readonly ErrorObject[] | undefined;
}

/** Compiled schemas of a contract by name. */
export type Validators = (name: string) => Validator;

/** Compiles every schema of the set. Throws `ContractError` for one that is no valid schema. */
export function compileValidators(set: SchemaSet): Validators {
  assertFinite(set);
  for (const [name, schema] of set.definitions) assertValid(schema, set.pointers.get(name) ?? '');
  const visits: Visits = { left: 0 };
  const failFast = createAjv(set, visits, false);
  let thorough: Ajv2020 | undefined;
  const validators = new Map<string, Validator>();
  for (const name of set.definitions.keys()) {
    const first = compileSchema(failFast, name, set);
    // Most schemas never fail on a small value, so the second function is made when one does.
    let all: ValidateFunction | undefined;
    validators.set(name, {
      check: (value, valueBytes) => run(first, visits, value, valueBytes),
      checkAll(value, valueBytes) {
        thorough ??= createAjv(set, visits, true);
        all ??= compileThorough(thorough, name, set) ?? first;
        return run(all, visits, value, valueBytes);
      },
    });
  }
  return (name) => {
    const validator = validators.get(name);
    if (validator === undefined) throw new TypeError(`no schema is named ${name}`);
    return validator;
  };
}

const exhausted: readonly ErrorObject[] = [
  { keyword: visitKeyword, instancePath: '', schemaPath: '', params: {}, message: 'takes too many steps to check' },
];

/** Visits to looping schemas that a value is good for: alternatives that each descend again would otherwise multiply. */
function visitsFor(valueBytes: number): number {
  return Math.min(1000 + 2 * valueBytes, 100_000);
}

function run(validate: ValidateFunction, visits: Visits, value: unknown, valueBytes: number): readonly ErrorObject[] | undefined {
  visits.left = visitsFor(valueBytes);
  try {
    return validate(value) ? undefined : (validate.errors ?? exhausted);
  } catch (error) {
    if (error === outOfVisits) return exhausted;
    throw error;
  }
}

/** Compiles a schema and what it needs, if that is little: this happens while requests wait. */
function compileThorough(ajv: Ajv2020, name: string, set: SchemaSet): ValidateFunction | undefined {
  const needed = new Set([name]);
  for (const one of needed) {
    for (const next of allReferences(set.definitions.get(one))) needed.add(next);
    if (needed.size > maxThorough) return undefined;
  }
  // In the order of the set, so that no schema is compiled from within another one.
  for (const one of set.definitions.keys()) if (needed.has(one)) compileSchema(ajv, one, set);
  return compileSchema(ajv, name, set);
}

const maxThorough = 32;

function* allReferences(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return;
  for (const [keyword, value] of Object.entries(node)) {
    if ((keyword === '$ref' || keyword === loopKeyword) && typeof value === 'string') yield value;
    else yield* allReferences(value);
  }
}

const metaSchema = new Ajv2020({ strict: false, logger: false });

function assertValid(schema: unknown, pointer: string): void {
  if (typeof schema === 'boolean' || metaSchema.validateSchema(schema as object) === true) return;
  const error = metaSchema.errors?.[0];
  throw new ContractError(pointer + (error?.instancePath ?? ''), error?.message ?? 'is not a valid schema');
}
