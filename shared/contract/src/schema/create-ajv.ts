import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import type { DataValidateFunction } from 'ajv/dist/types/index.js';
import { ContractError } from '../contract-error.js';
import { formatChecks } from './formats.js';
import { loopKeyword, visitKeyword } from './schema.js';
import type { SchemaSet } from './schema-set.js';
import { hasUniqueItems } from './unique-items.js';

/** Thrown out of a check, since a mere failure would let the other alternatives go on, and a `not` would turn it around. */
export const outOfVisits = new Error('the value takes more visits than it has room for');

/** Visits to schemas in a loop that a running check still has. */
export interface Visits {
  left: number;
}

/** An ajv that knows the schemas of a set, counts `visits`, and runs in time linear in what it checks but for them. */
export function createAjv(set: SchemaSet, visits: Visits, allErrors: boolean): Ajv2020 {
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
  ajv.addKeyword({ keyword: loopKeyword, schemaType: 'string', errors: 'full', compile: (name: string) => follow(ajv, name, set) });
  for (const [name, schema] of set.definitions) ajv.addSchema(schema as object, name);
  return ajv;
}

/** Checks by a schema that is found when it is first needed. */
function follow(ajv: Ajv2020, name: string, set: SchemaSet): DataValidateFunction {
  let target: ValidateFunction | undefined;
  const validate: DataValidateFunction = (value, context) => {
    target ??= compileSchema(ajv, name, set);
    const isValid = target(value, context);
    validate.errors = target.errors ?? [];
    return isValid;
  };
  return validate;
}

/** The check of one schema of the set. Throws `ContractError` for one that ajv refuses. */
export function compileSchema(ajv: Ajv2020, name: string, set: SchemaSet): ValidateFunction {
  try {
    const validate = ajv.getSchema(name);
    if (validate !== undefined) return validate as ValidateFunction;
    throw new TypeError(`no schema is named ${name}`);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new ContractError(set.pointers.get(name) ?? '', `the schema cannot be compiled: ${text}`);
  }
}
