/** Why a pattern cannot be run; for the author of the document. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

const space = '\\t\\n\\v\\f\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
const notSpace =
  '\\x{0}-\\x{8}\\x{e}-\\x{1f}!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}' +
  '\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}';

/** A character, or a set of them. */
export interface Escape {
  readonly codePoint: number;
  /** What stands for it inside brackets, where the escape is a set. `\b` and `\B` stand alone. */
  readonly set?: string;
  readonly end: number;
}

const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Reads the escape at a backslash. Throws `PatternError` for one that ECMA-262 does not know or RE2 cannot run. */
export function readEscape(source: string, at: number, inClass: boolean): Escape {
  const char = source[at + 1] ?? '';
  const end = at + 2;
  const set = (text: string, setEnd = end): Escape => ({ codePoint: 0, set: text, end: setEnd });
  if ('dDwW'.includes(char)) return set(`\\${char}`);
  if (char === 's') return set(space);
  if (char === 'S') return set(notSpace);
  if (char === 'b' && inClass) return { codePoint: 8, end };
  if (char === 'b' || char === 'B') return set(`\\${char}`);
  const control = Object.hasOwn(controls, char) ? controls[char] : undefined;
  if (control !== undefined) return { codePoint: control, end };
  if (char === '0' && !/\d/.test(source[end] ?? '')) return { codePoint: 0, end };
  if (/[0-9k]/.test(char)) throw new PatternError('uses a back-reference, which cannot be run in linear time');
  const tail = source.slice(end, end + 40);
  if (char === 'c' && /^[A-Za-z]/.test(tail)) return { codePoint: tail.charCodeAt(0) % 32, end: end + 1 };
  if (char === 'p' || char === 'P') return readProperty(char, tail, set, end);
  if (char === 'x' || char === 'u') return readHexEscape(char, tail, end);
  if (/[A-Za-z]/.test(char)) throw new PatternError(`uses "\\${char}", which ECMA-262 does not define`);
  const codePoint = source.codePointAt(at + 1) ?? 0x5c;
  return { codePoint, end: at + (codePoint > 0xffff ? 3 : 2) };
}

function readHexEscape(char: string, tail: string, end: number): Escape {
  if (char === 'x') {
    const byte = /^[0-9a-f]{2}/i.exec(tail);
    if (byte !== null) return { codePoint: Number.parseInt(byte[0], 16), end: end + 2 };
  } else {
    const braced = /^\{([0-9a-f]{1,6})\}/i.exec(tail);
    if (braced?.[1] !== undefined) return { codePoint: Number.parseInt(braced[1], 16), end: end + braced[0].length };
    const pair = /^(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})/i.exec(tail);
    if (pair?.[1] !== undefined && pair[2] !== undefined) {
      const high = Number.parseInt(pair[1], 16) - 0xd800;
      return { codePoint: 0x10000 + high * 0x400 + Number.parseInt(pair[2], 16) - 0xdc00, end: end + pair[0].length };
    }
    const unit = /^[0-9a-f]{4}/i.exec(tail);
    if (unit !== null) return { codePoint: Number.parseInt(unit[0], 16), end: end + 4 };
  }
  throw new PatternError(`has an incomplete "\\${char}" escape`);
}

const longCategories: Readonly<Record<string, string>> = {
  Letter: 'L', Uppercase_Letter: 'Lu', Lowercase_Letter: 'Ll', Titlecase_Letter: 'Lt', Modifier_Letter: 'Lm',
  Other_Letter: 'Lo', Mark: 'M', Nonspacing_Mark: 'Mn', Spacing_Mark: 'Mc', Enclosing_Mark: 'Me', Number: 'N',
  Decimal_Number: 'Nd', Letter_Number: 'Nl', Other_Number: 'No', Punctuation: 'P', Symbol: 'S', Math_Symbol: 'Sm',
  Currency_Symbol: 'Sc', Separator: 'Z', Space_Separator: 'Zs', Other: 'C', Control: 'Cc',
};

function readProperty(char: string, tail: string, set: (text: string, end: number) => Escape, end: number): Escape {
  const match = /^\{(?:(?:General_Category|gc|Script|sc)=)?(\w{1,32})\}/.exec(tail);
  if (match?.[1] === undefined) throw new PatternError(`uses a "\\${char}{…}" that is not supported`);
  const name = Object.hasOwn(longCategories, match[1]) ? longCategories[match[1]] : match[1];
  return set(`\\${char}{${name}}`, end + match[0].length);
}

/** A class in RE2's syntax, and where it ends in the source. */
export interface Class {
  readonly text: string;
  readonly end: number;
}

/** Reads the class at a `[`. */
export function readClass(source: string, from: number): Class {
  const negated = source[from + 1] === '^';
  let at = from + (negated ? 2 : 1);
  let items = '';
  const next = (): { readonly codePoint: number; readonly set?: string } => {
    if (source[at] === '\\') {
      const escape = readEscape(source, at, true);
      at = escape.end;
      return escape;
    }
    const codePoint = source.codePointAt(at) ?? 0;
    at += codePoint > 0xffff ? 2 : 1;
    return { codePoint };
  };
  while (source[at] !== ']') {
    if (at >= source.length) throw new PatternError('has a class without an end');
    const first = next();
    if (first.set !== undefined) {
      items += first.set;
      continue;
    }
    items += literal(first.codePoint);
    if (source[at] !== '-' || source[at + 1] === ']') continue;
    at++;
    const last = next();
    items += last.set === undefined ? `-${literal(last.codePoint)}` : `\\-${last.set}`;
  }
  if (items === '') return { text: negated ? '[\\x{0}-\\x{10ffff}]' : '[^\\x{0}-\\x{10ffff}]', end: at + 1 };
  return { text: `[${negated ? '^' : ''}${items}]`, end: at + 1 };
}

/** RE2's syntax for one character, whatever it is. */
export function literal(codePoint: number): string {
  const char = String.fromCodePoint(codePoint);
  return /^[A-Za-z0-9_ ]$/.test(char) ? char : `\\x{${codePoint.toString(16)}}`;
}
