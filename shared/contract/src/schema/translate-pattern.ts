import { literal, PatternError, readClass, readEscape } from './read-escape.js';

/** A string matches when every one of `all` and none of `none` is found in it. All are in RE2 syntax. */
export interface LinearForm {
  readonly all: readonly string[];
  readonly none: readonly string[];
}

/**
 * Translates an ECMA-262 pattern to RE2's syntax with ECMA-262's meaning (`.`, `\s`, `\uXXXX`, `[^]`, …; Unicode mode, and
 * the literal braces of Annex B). Look-aheads right after a leading `^` become patterns of their own, which is exact;
 * other look-arounds and back-references throw `PatternError`, since no engine runs them in linear time.
 */
export function translatePattern(source: string): LinearForm {
  assertEcmaSyntax(source);
  const all: string[] = [];
  const none: string[] = [];
  let rest = source;
  while (/^\^\(\?[=!]/.test(rest) && !hasTopLevelAlternation(rest)) {
    const end = endOfGroup(rest, 1);
    if (/^[*+?{]/.test(rest.slice(end + 1))) break;
    (rest[3] === '=' ? all : none).push(`^(?:${translate(rest.slice(4, end))})`);
    rest = `^${rest.slice(end + 1)}`;
  }
  all.push(translate(rest));
  return { all, none };
}

function translate(source: string): string {
  let out = '';
  let at = 0;
  while (at < source.length) {
    const char = source[at];
    if (char === '\\') {
      const escape = readEscape(source, at, false);
      out += escape.set === undefined ? literal(escape.codePoint) : bracketed(escape.set);
      at = escape.end;
    } else if (char === '[') {
      const set = readClass(source, at);
      out += set.text;
      at = set.end;
    } else if (char === '.') {
      out += '[^\\n\\r\\x{2028}\\x{2029}]';
      at++;
    } else if (char === '(') {
      at = skipGroupHead(source, at);
      out += '(?:';
    } else if (char === '{') {
      const repeat = /^\{\d+(?:,\d*)?\}/.exec(source.slice(at, at + 24));
      out += repeat === null ? '\\{' : repeat[0];
      at += repeat === null ? 1 : repeat[0].length;
    } else if (char !== undefined && ')|*+?^'.includes(char)) {
      out += char;
      at++;
    } else if (char === '$') {
      out += '\\z';
      at++;
    } else {
      const codePoint = source.codePointAt(at) ?? 0;
      out += literal(codePoint);
      at += codePoint > 0xffff ? 2 : 1;
    }
  }
  return out;
}

function bracketed(set: string): string {
  return set.length === 2 || /^\\[pP]\{/.test(set) ? set : `[${set}]`;
}

function skipGroupHead(source: string, at: number): number {
  if (source[at + 1] !== '?') return at + 1;
  const head = source.slice(at + 2, at + 4);
  if (head.startsWith(':')) return at + 3;
  if (head.startsWith('=') || head.startsWith('!')) {
    throw new PatternError('uses a look-ahead other than right after a leading "^", which cannot be run in linear time');
  }
  if (head === '<=' || head === '<!') throw new PatternError('uses a look-behind, which cannot be run in linear time');
  const name = /^<[^>]{1,64}>/.exec(source.slice(at + 2, at + 70));
  if (name === null) throw new PatternError('uses a kind of group that is not supported');
  return at + 2 + name[0].length;
}

/** Index of the `)` that closes the group opened at `from`. */
function endOfGroup(source: string, from: number): number {
  let depth = 0;
  for (const { char, at } of structure(source)) {
    if (at < from) continue;
    if (char === '(') depth++;
    else if (char === ')' && --depth === 0) return at;
  }
  throw new PatternError('has a group without an end');
}

function hasTopLevelAlternation(source: string): boolean {
  let depth = 0;
  for (const { char } of structure(source)) {
    if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === '|' && depth === 0) return true;
  }
  return false;
}

/** The characters that are neither escaped nor inside a class. */
function* structure(source: string): Generator<{ char: string; at: number }> {
  let inClass = false;
  for (let at = 0; at < source.length; at++) {
    const char = source[at] ?? '';
    if (char === '\\') at++;
    else if (inClass) inClass = char !== ']';
    else if (char === '[') inClass = true;
    else yield { char, at };
  }
}

function assertEcmaSyntax(source: string): void {
  if (isEcmaSyntax(source, 'u') || isEcmaSyntax(source, '')) return;
  throw new PatternError('is not a regular expression of ECMA-262');
}

function isEcmaSyntax(source: string, flags: string): boolean {
  try {
    return RegExp(source, flags) instanceof RegExp;
  } catch {
    return false;
  }
}
