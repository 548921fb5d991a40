import { RE2JS } from 're2js';
import { PatternError } from './read-escape.js';
import { translatePattern } from './translate-pattern.js';

/** A pattern that runs in time linear in its input, whatever the pattern and the input. */
export interface LinearPattern {
  test(input: string): boolean;
  /** The ECMA-262 source. */
  toString(): string;
}

/** Compiles an ECMA-262 pattern for a linear-time engine; throws `PatternError` where none can run it. */
export function compilePattern(source: string): LinearPattern {
  const form = translatePattern(source);
  const all = form.all.map(compileRe2);
  const none = form.none.map(compileRe2);
  const [only] = all;
  const test =
    only !== undefined && all.length === 1 && none.length === 0
      ? (input: string): boolean => only.test(input)
      : (input: string): boolean => all.every((one) => one.test(input)) && !none.some((one) => one.test(input));
  return { test, toString: () => source };
}

function compileRe2(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    const text = error instanceof Error ? error.message : '';
    if (/repeat count|too large/.test(text)) {
      throw new PatternError('repeats more than 1000 times; bound the length with maxLength instead');
    }
    throw new PatternError('uses a construct that cannot be run in linear time');
  }
}
