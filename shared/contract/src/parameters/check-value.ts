import type { ErrorObject } from 'ajv/dist/2020.js';
import { ContractError } from '../contract-error.js';
import { child } from '../json-pointer.js';
import { parseMediaType } from '../media-type.js';
import { violation, type ContractProblem } from '../problem.js';
import { describeErrors } from '../schema/describe-errors.js';
import { layoutsOf, shapeOf, type Layout, type Shape } from '../schema/shape.js';
import type { Validator } from '../schema/validators.js';
import { parseJsonText } from '../strict-json.js';
import type { ContractParts } from '../contract-parts.js';
import { isAmbiguous } from './coerce.js';
import type { ParameterObject } from './parameter.js';
import { Malformed, type DecodeText } from './percent-decoding.js';
import { valueReader, type RawValue, type ReadValue } from './styles.js';

/** Appends what is wrong with the value that a request holds for one parameter. */
export type CheckRaw<Raw = RawValue> = (raw: Raw, problems: ContractProblem[]) => void;

/** A parameter whose schema is known, and whose validator will be once all schemas are. */
export interface ParameterCheck {
  readonly parameter: ParameterObject;
  /** Of problems with the parameter as a whole. */
  readonly problemPointer: string;
  readonly shape: Shape;
  readonly layouts: readonly Layout[];
  /** Tries the readings in turn; the first whose value matches is the one meant, else the first one's faults are told. */
  check<Raw>(readings: readonly ((raw: Raw) => unknown)[]): CheckRaw<Raw>;
}

export function prepareParameter(parts: ContractParts, parameter: ParameterObject): ParameterCheck {
  const { schema } = parameter;
  const name = parts.schemas.add(schema?.node ?? true, schema?.pointer ?? parameter.pointer);
  const shape = shapeOf({ $ref: name }, parts.schemas.definitions);
  const problemPointer = child(`/${parameter.place}`, parameter.name);
  return {
    parameter,
    problemPointer,
    shape,
    layouts: layoutsOf(shape),
    check: (readings) => {
      let validator: Validator | undefined;
      return (raw, problems) => {
        validator ??= parts.validator(name);
        let faults: Malformed | readonly ErrorObject[] | undefined;
        for (const read of readings) {
          const value = read(raw);
          const found = value instanceof Malformed ? value : validator.check(value, smallValueBytes);
          if (found === undefined) return;
          faults ??= found;
        }
        if (faults instanceof Malformed) problems.push(violation(parameter.place, problemPointer, faults.message));
        else if (faults !== undefined) {
          problems.push(...describeErrors(faults, parameter.place, problemPointer, parts.schemas.propertyNames));
        }
      };
    },
  };
}

/** Room for the visits that a parameter's value may cost; heads are bounded by the ingress. */
const smallValueBytes = 16_384;

/** The readings of a parameter whose value stands in one text, or in repetitions of its name. */
export function readingsOf(prepared: ParameterCheck, decode: DecodeText): ReadValue[] {
  const { parameter, shape, layouts } = prepared;
  if (parameter.mediaType !== undefined) return [contentReader(parameter, parameter.mediaType, decode)];
  const { name, style, explode } = parameter;
  const preferences = isAmbiguous(shape) ? [false, true] : [false];
  return layouts.flatMap((layout) =>
    preferences.map((preferText) => valueReader({ name, style, explode, shape, layout, preferText, decode })),
  );
}

const maxJsonDepth = 16;

/** A parameter of `content` is one encoded text in a media type of its own. */
function contentReader(parameter: ParameterObject, mediaType: string, decode: DecodeText): ReadValue {
  const kind = parseMediaType(mediaType)?.kind;
  if (kind !== 'json' && kind !== 'text') {
    throw new ContractError(child(parameter.pointer, 'content'), `a parameter cannot be checked in the media type "${mediaType}"`);
  }
  return (raw) => {
    if (typeof raw !== 'string') return new Malformed('must not be given more than once');
    const text = decode(raw);
    if (text instanceof Malformed || kind === 'text') return text;
    const parsed = parseJsonText(text, maxJsonDepth);
    return parsed.ok ? parsed.value : new Malformed(parsed.message);
  };
}
