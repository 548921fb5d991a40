import type { ErrorObject } from 'ajv/dist/2020.js';
import { child, escapeToken, tokensOf } from '../json-pointer.js';
import { violation, type ContractProblem, type Place } from '../problem.js';

/**
 * Turns ajv's errors into problems below `base`. Rules are quoted from the schema; of the request only array indexes and
 * property names that some schema lists are repeated.
 */
export function describeErrors(
  errors: readonly ErrorObject[],
  place: Place,
  base: string,
  listedNames: ReadonlySet<string>,
): ContractProblem[] {
  const problems: ContractProblem[] = [];
  const seen = new Set<string>();
  for (const error of mostTelling(errors)) {
    const pointer = base + maskPointer(error.instancePath, listedNames);
    const missing = missingProperty(error);
    const at = missing === undefined ? pointer : child(pointer, missing);
    const message = describe(error);
    const key = `${at} ${message}`;
    if (seen.has(key)) continue;
    seen.add(key);
    problems.push(violation(place, at, message));
  }
  return problems;
}

function maskPointer(pointer: string, listedNames: ReadonlySet<string>): string {
  let masked = '';
  for (const token of tokensOf(pointer)) {
    masked += `/${/^\d{1,6}$/.test(token) || listedNames.has(token) ? escapeToken(token) : '*'}`;
  }
  return masked;
}

/** Leaves out what follows from other errors, and of alternatives all but the one that was meant. */
function mostTelling(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let kept: ErrorObject[] = [];
  for (const error of errors) {
    if (error.propertyName !== undefined && error.keyword !== 'propertyNames') continue;
    if (error.keyword === 'if' && kept.length > 0) continue;
    if (error.keyword === 'anyOf' || (error.keyword === 'oneOf' && error.params['passingSchemas'] === null)) {
      let from = kept.length;
      while (from > 0 && isBelow(kept[from - 1], error)) from--;
      const meant = kept.slice(from).filter((one) => one.keyword !== 'type' || one.instancePath !== error.instancePath);
      kept = kept.slice(0, from);
      kept.push(meant.length === 1 && meant[0] !== undefined ? meant[0] : error);
      continue;
    }
    kept.push(error);
  }
  return kept;
}

function isBelow(error: ErrorObject | undefined, parent: ErrorObject): boolean {
  if (error === undefined) return false;
  return error.instancePath === parent.instancePath || error.instancePath.startsWith(`${parent.instancePath}/`);
}

function missingProperty(error: ErrorObject): string | undefined {
  const missing: unknown = error.params['missingProperty'];
  return typeof missing === 'string' ? missing : undefined;
}

const fixedMessages: Readonly<Record<string, string>> = {
  required: 'is required',
  additionalProperties: 'has a property that the contract does not list',
  unevaluatedProperties: 'has a property that the contract does not list',
  propertyNames: 'has a property whose name the contract does not allow',
  anyOf: 'matches none of the alternatives that the contract allows',
  not: 'is what the contract rules out',
  'false schema': 'is not allowed',
};

function describe(error: ErrorObject): string {
  const fixed = Object.hasOwn(fixedMessages, error.keyword) ? fixedMessages[error.keyword] : undefined;
  if (fixed !== undefined) return fixed;
  const params: Readonly<Record<string, unknown>> = error.params;
  switch (error.keyword) {
    case 'type':
      return `must be ${[params['type']].flat().join(' or ')}`;
    case 'enum':
      return `must be one of ${quote(params['allowedValues'])}`;
    case 'const':
      return `must be ${quote(params['allowedValue'])}`;
    case 'pattern':
      return `must match the pattern ${quote(params['pattern'])}`;
    case 'format':
      return `must match the format ${quote(params['format'])}`;
    case 'oneOf':
      return params['passingSchemas'] === null
        ? 'matches none of the alternatives that the contract allows'
        : 'matches more than one of the alternatives that the contract allows';
    case 'dependentRequired':
      return `is required beside ${quote(params['property'])}`;
    default:
      return error.message ?? 'does not match the contract';
  }
}

/** A value of the schema, cut where it is long. */
function quote(value: unknown): string {
  const text = Array.isArray(value) ? value.map((one) => JSON.stringify(one)).join(', ') : (JSON.stringify(value) ?? '');
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}
