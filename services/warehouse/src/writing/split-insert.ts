/** An INSERT whose rows come apart from its text. */
export interface InsertHead {
  /** Up to where FROM INFILE belongs: table and column list. */
  readonly target: string;
  /** SETTINGS clause, or empty. */
  readonly settings: string;
  readonly format: string;
  /** Bytes of the text that belong to the statement; what follows in the same text are rows. */
  readonly length: number;
}

const tokenPattern =
  /(?<space>\s+|--[^\n]*(?:\n|$)|#(?: |!)[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)|(?<quoted>'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|`(?:[^`\\]|\\[\s\S]|``)*`)|(?<word>[\p{L}_$][\p{L}\p{N}_$]*)|(?<other>[\s\S])/uy;

/** Whether a text is an INSERT, comments and white space aside. */
export function isInsert(text: string): boolean {
  for (const token of tokens(text)) return token.text.toUpperCase() === 'INSERT';
  return false;
}

/**
 * Takes `INSERT INTO t (a, b) [SETTINGS …] FORMAT name` or `… VALUES` apart. Undefined for any other INSERT: one that selects,
 * one that names a function or a file, one without a format. Used for statements of the recorder alone, so it guards nothing.
 */
export function splitInsert(text: string): InsertHead | undefined {
  let depth = 0;
  let position = 0;
  let targetEnd: number | undefined;
  let settingsStart: number | undefined;
  let previous = '';
  for (const token of tokens(text)) {
    const word = token.isWord && depth === 0 ? token.text.toUpperCase() : '';
    position += 1;
    if (position === 1 && word !== 'INSERT') return undefined;
    if (token.text === '(') depth += 1;
    else if (token.text === ')') depth -= 1;
    // The name of the table may be any word; it stands right after INTO [TABLE] or a dot.
    const isName = previous === 'INTO' ? word !== 'TABLE' && word !== 'FUNCTION' : previous === 'TABLE' || previous === '.';
    if (!isName) {
      if (word === 'FUNCTION' || word === 'SELECT' || word === 'WITH' || word === 'INFILE' || word === 'WATCH') return undefined;
      if (word === 'SETTINGS') {
        targetEnd ??= token.start;
        settingsStart ??= token.start;
      }
      if (word === 'VALUES') {
        return { target: text.slice(0, targetEnd ?? token.start), settings: text.slice(settingsStart ?? token.start, token.start), format: 'Values', length: token.end };
      }
      if (word === 'FORMAT') {
        const name = /^\s+([A-Za-z0-9_]+)[ \t]*(?:\r?\n|;?\s*$)?/.exec(text.slice(token.end));
        if (name === null) return undefined;
        return {
          target: text.slice(0, targetEnd ?? token.start),
          settings: text.slice(settingsStart ?? token.start, token.start),
          format: name[1] ?? '',
          length: token.end + name[0].length,
        };
      }
    }
    previous = isName ? 'name' : word === '' ? token.text : word;
  }
  return undefined;
}

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly isWord: boolean;
}

function* tokens(text: string): Generator<Token> {
  const pattern = new RegExp(tokenPattern);
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (match.groups?.['space'] !== undefined) continue;
    yield { text: match[0], start: match.index, end: pattern.lastIndex, isWord: match.groups?.['word'] !== undefined };
  }
}
