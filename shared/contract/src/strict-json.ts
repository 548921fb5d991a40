import { isAscii, isUtf8 } from 'node:buffer';

/** Deepest nesting of arrays and objects that a JSON text may have unless the caller says otherwise. */
export const defaultJsonDepth = 64;

export type StrictJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

/** Parses UTF-8 bytes as one RFC 8259 text; see `parseJsonText`. A byte order mark is refused. */
export function parseJsonBytes(bytes: Uint8Array, maxDepth: number): StrictJson {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(buffer)) return parseJsonText(buffer.toString('latin1'), maxDepth);
  if (!isUtf8(buffer)) return { ok: false, message: 'is not valid UTF-8' };
  return parseJsonText(buffer.toString('utf8'), maxDepth);
}

/**
 * Parses one JSON text strictly: refused are bad syntax, nesting beyond `maxDepth`, and two members of one object with the
 * same name (RFC 7493 §2.3; parsers disagree on which of them counts). Linear in the length of the text. Messages do not
 * quote the text.
 */
export function parseJsonText(text: string, maxDepth: number): StrictJson {
  const members = countMembers(text, maxDepth);
  if (members === tooDeep) return { ok: false, message: `is nested deeper than ${maxDepth} levels` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, message: 'is not valid JSON' };
  }
  // A repeated name leaves one property where the text has two members, so the totals tell.
  if (countProperties(value) !== members) return { ok: false, message: 'has an object that lists a name twice' };
  return { ok: true, value };
}

const tooDeep = -1;
const quote = 0x22;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Members of all objects in a text, or `tooDeep`. What it says of a text that is no JSON has no meaning. */
function countMembers(text: string, maxDepth: number): number {
  let members = 0;
  let depth = 0;
  const length = text.length;
  for (let at = 0; at < length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at);
        break;
      case colon:
        members++;
        break;
      case openBrace:
      case openBracket:
        if (++depth > maxDepth) return tooDeep;
        break;
      case closeBrace:
      case closeBracket:
        depth--;
        break;
    }
  }
  return members;
}

/** Index of the quote that ends the string opened at `from`, or the length of the text. */
function endOfString(text: string, from: number): number {
  const length = text.length;
  let at = from + 1;
  for (; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) return at;
    if (code === backslash) at++;
  }
  return length;
}

function countProperties(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (typeof item === 'object') count += countProperties(item);
    }
    return count;
  }
  for (const name in value) {
    count++;
    const member = (value as Record<string, unknown>)[name];
    if (typeof member === 'object') count += countProperties(member);
  }
  return count;
}
