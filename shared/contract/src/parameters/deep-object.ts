import type { Shape } from '../schema/shape.js';
import { coercer } from './coerce.js';
import { Malformed, type DecodeText } from './percent-decoding.js';
import type { Pair } from './styles.js';

const brackets = /^(?:\[[^[\]]*\]){1,8}$/;

/**
 * Reads `filter[a]=1&filter[b][c]=2` (style deepObject) from the bracketed parts of its names. Where the schema wants an
 * array, the name is repeated, with or without a closing `[]`.
 */
export function readDeepObject(pairs: readonly Pair[], shape: Shape, preferText: boolean, decode: DecodeText): unknown {
  const root: Record<string, unknown> = Object.create(null);
  for (const [name, text] of pairs) {
    if (!brackets.test(name)) return new Malformed('must be written as name[property]');
    const value = decode(text);
    if (value instanceof Malformed) return value;
    const path = name.slice(1, -1).split('][');
    const isList = path.length > 1 && path.at(-1) === '';
    if (isList) path.pop();
    if (!place(root, path, value, shape, isList, preferText)) return new Malformed('gives a property more than once');
  }
  return root;
}

function place(
  root: Record<string, unknown>,
  path: readonly string[],
  value: string,
  shape: Shape,
  isMarkedList: boolean,
  preferText: boolean,
): boolean {
  let object = root;
  let within: Shape | undefined = shape;
  for (const step of path.slice(0, -1)) {
    within = within?.properties.get(step) ?? within?.additional;
    const next = (object[step] ??= Object.create(null)) as unknown;
    if (typeof next !== 'object' || next === null || Array.isArray(next)) return false;
    object = next as Record<string, unknown>;
  }
  const last = path.at(-1) ?? '';
  const property = within?.properties.get(last) ?? within?.additional;
  const isList = isMarkedList || (property !== undefined && property.types.has('array') && property.types.size < 7);
  const read = coercer(isList ? property?.items : property, preferText)(value);
  const before = object[last];
  if (before === undefined) object[last] = isList ? [read] : read;
  else if (isList && Array.isArray(before)) before.push(read);
  else return false;
  return true;
}
