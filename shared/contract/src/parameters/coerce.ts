import type { Shape } from '../schema/shape.js';

/** Reads the text of a primitive as the value its schema is after; text that is no such value stays text. */
export type Coerce = (text: string) => unknown;

/**
 * The reader for a shape. Numbers keep to JSON's grammar (RFC 8259 §6), integers to its digits alone (`1e3` and `1.0` are read
 * differently by different languages), booleans are `true` and `false`. `preferText`: text wherever the schema admits it.
 */
export function coercer(shape: Shape | undefined, preferText: boolean): Coerce {
  if (shape === undefined || isUntyped(shape)) return (text) => text;
  const { types } = shape;
  if (preferText && types.has('string')) return (text) => text;
  const isBoolean = types.has('boolean');
  if (types.has('number')) return (text) => (isJsonNumber(text) ? Number(text) : isBoolean ? readBoolean(text) : text);
  if (types.has('integer')) return (text) => (isInteger(text) ? Number(text) : isBoolean ? readBoolean(text) : text);
  return isBoolean ? readBoolean : (text) => text;
}

/** Whether text can be read as more than one of the types that a shape admits. */
export function isAmbiguous(shape: Shape | undefined, depth = 0): boolean {
  if (shape === undefined || depth > 2) return false;
  const { types } = shape;
  if (!isUntyped(shape) && types.has('string') && (types.has('integer') || types.has('boolean'))) return true;
  if (isAmbiguous(shape.items, depth + 1) || isAmbiguous(shape.additional, depth + 1)) return true;
  return [...shape.properties.values()].some((property) => isAmbiguous(property, depth + 1));
}

function isUntyped(shape: Shape): boolean {
  return shape.types.size === 7;
}

function readBoolean(text: string): unknown {
  return text === 'true' ? true : text === 'false' ? false : text;
}

function isInteger(text: string): boolean {
  const from = text.charCodeAt(0) === 0x2d ? 1 : 0;
  const { length } = text;
  if (length === from) return false;
  if (text.charCodeAt(from) === 0x30) return length === from + 1;
  for (let at = from; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function isJsonNumber(text: string): boolean {
  return isInteger(text) || jsonNumber.test(text);
}
