import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import { ContractError } from '../contract-error.js';
import { assertFinite } from './assert-finite.js';
import { formatChecks } from './formats.js';
import { visitKeyword, type SchemaSet } from './schema-set.js';
import { hasUniqueItems } from './unique-items.js';

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
    const first = compile(failFast, name, set);
    // Most schemas never fail on a small value, so the second function is made when one does.
    let all: ValidateFunction | undefined;
    validators.set(name, {
      check: (value, valueBytes) => run(first, visits, value, valueBytes),
      checkAll(value, valueBytes) {
        thorough ??= createAjv(set, visits, true);
        all ??= compile(thorough, name, set);
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

/** Thrown out of a check, since a mere failure would let the other alternatives go on, and a `not` would turn it around. */
const outOfVisits = new Error('the value takes more visits than it has room for');

interface Visits {
  left: number;
}

/** Visits to looping schemas that a value is good for: alternatives that each descend again would otherwise multiply. */
function visitsFor(valueBytes: number): number {
  return Math.min(1000 + 2 * valueBytes, 250_000);
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

function createAjv(set: SchemaSet, visits: Visits, allErrors: boolean): Ajv2020 {
  const regExp = (source: string): { test(input: string): boolean } => {
    const pattern = set.patterns.get(source);
    if (pattern === undefined) throw new TypeError('a pattern was not compiled with its schema');
    return pattern;
  };
  const options: Options = {
    allErrors,
    strict: false,
    strictNumbers: true,
    logger: false,
    meta: false,
    validateSchema: false,
    inlineRefs: 16,
    multipleOfPrecision: 8,
    // Without it "constructor" would count as present in every object; it costs, so only where a name calls for it.
    ownProperties: [...set.propertyNames].some((name) => name in Object.prototype),
    code: { regExp: Object.assign(regExp, { code: 'linearPattern' }) },
  };
  const ajv = new Ajv2020(options);
  for (const [name, check] of formatChecks) {
    if (check.type === 'string') ajv.addFormat(name, { type: 'string', validate: check.validate });
    else ajv.addFormat(name, { type: 'number', validate: check.validate });
  }
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    errors: false,
    error: { message: 'must not have equal items' },
    validate: (flag: boolean, items: readonly unknown[]) => !flag || hasUniqueItems(items),
  });
  const visit = (): boolean => {
    if (--visits.left < 0) throw outOfVisits;
    return true;
  };
  ajv.addKeyword({ keyword: visitKeyword, before: '$ref', schema: false, errors: false, validate: visit });
  for (const [name, schema] of set.definitions) ajv.addSchema(schema as object, name);
  return ajv;
}

function compile(ajv: Ajv2020, name: string, set: SchemaSet): ValidateFunction {
  try {
    const validate = ajv.getSchema(name);
    if (validate !== undefined) return validate as ValidateFunction;
    throw new TypeError(`no schema is named ${name}`);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new ContractError(set.pointers.get(name) ?? '', `the schema cannot be compiled: ${text}`);
  }
}

const metaSchema = new Ajv2020({ strict: false, logger: false });

function assertValid(schema: unknown, pointer: string): void {
  if (typeof schema === 'boolean' || metaSchema.validateSchema(schema as object) === true) return;
  const error = metaSchema.errors?.[0];
  throw new ContractError(pointer + (error?.instancePath ?? ''), error?.message ?? 'is not a valid schema');
}
