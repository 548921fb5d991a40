import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from './linear-pattern.js';
import { PatternError } from './read-escape.js';

/** Random ECMA-262 patterns of what a linear-time engine can run. */
const { pattern } = fc.letrec<{ pattern: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('a', 'b', '.', '\\d', '\\w', '\\s', '\\S', '\\W', '[ab]', '[^a]', '[a-c]', '[\\d_]', '[^\\S]', '[\\s-]', '[^]', '\\.', '\\u0061'),
    fc.constantFrom('\\u{1F600}', '\\uD83D\\uDE00', '\\x41', '\\t', '-', '/', '\\/', 'é', '[.$^]', '[\\]\\\\]', '\\p{L}', '\\p{Lowercase_Letter}'),
    tie('pattern').map((inner) => `(${inner})`),
    tie('pattern').map((inner) => `(?:${inner})`),
  ),
  pattern: fc
    .array(fc.tuple(tie('atom'), fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '*?', '|', '$', '\\b')), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.map(([atom, suffix]) => atom + suffix).join('')),
}));

const input = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', '1', '_', ' ', '\n', '\v', '\u00a0', '\u2028', '\ufeff', '.', '-', '/', 'é', '😀', '$') });

describe('linear patterns', () => {
  it('match what ECMA-262 says in Unicode mode', () => {
    const anchors = fc.constantFrom('', '^', '^(?=.*a)', '^(?!.*b)', '^(?=.{2})(?!a)');
    fc.assert(
      fc.property(anchors, pattern, input, (anchor, source, text) => {
        const whole = anchor.length > 1 ? `${anchor}(?:${source})` : anchor + source;
        expect(compilePattern(whole).test(text)).toBe(new RegExp(whole, 'u').test(text));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['^(?=.*[A-Z])(?=.*\\d).{8,}$', 'Passw0rdly', 'password1'],
    ['^{.*}$', '{x}', 'x'],
    ['^[\\w.-]+@[a-z\\-]+$', 'a.b-c@d-e', 'a b@c'],
    ['^\\cJ$', '\n', 'J'],
    ['^\\$\\-\\@$', '$-@', '$@'],
    ['^(?<year>\\d{4})$', '2026', '26'],
  ])('understands %s', (source, matching, other) => {
    const compiled = compilePattern(source);
    expect(compiled.test(matching)).toBe(true);
    expect(compiled.test(other)).toBe(false);
  });

  it('matches nothing with an empty class', () => {
    expect(compilePattern('[]').test('a')).toBe(false);
  });

  it.each([
    ['(a)\\1', 'back-reference'],
    ['(?<n>a)\\k<n>', 'back-reference'],
    ['a(?=b)', 'look-ahead'],
    ['(?=a)b|^(?=c)d', 'look-ahead'],
    ['(?<=a)b', 'look-behind'],
    ['(?<!a)b', 'look-behind'],
    ['a{1,5000}', 'maxLength'],
    ['((a{100}){100}){100}', 'maxLength'],
    ['\\z', 'ECMA-262'],
    ['(', 'regular expression'],
    ['[b-a]', 'regular expression'],
  ])('refuses %s', (source, why) => {
    expect(() => compilePattern(source)).toThrow(PatternError);
    expect(() => compilePattern(source)).toThrow(why);
  });

  it.each(['^(a+)+$', '(a|a)*[bc]', '^(a|aa)+$', '(.*)*[xy]', '^(([a-z])+.)+[A-Z]([a-z])+$', '^(?=(a+)+$)(?!(a*)*b)a'])(
    'reads each character a bounded number of times for %s',
    (source) => {
      const compiled = compilePattern(source);
      const readsFor = (length: number): number => countReads(() => compiled.test(`${'a'.repeat(length)}!`));
      const warm = readsFor(500);
      expect(warm).toBeLessThan(500 * 60);
      expect(readsFor(16_000)).toBeLessThan(16_000 * 60);
    },
  );
});

/** Characters that `run` reads from strings; V8's own engine would not be seen, so it must read some. */
function countReads(run: () => void): number {
  const originals = { charCodeAt: String.prototype.charCodeAt, codePointAt: String.prototype.codePointAt };
  let reads = 0;
  for (const name of ['charCodeAt', 'codePointAt'] as const) {
    const original = originals[name] as (this: string, at: number) => number;
    Reflect.defineProperty(String.prototype, name, {
      configurable: true,
      writable: true,
      value(this: string, at: number) {
        reads++;
        return original.call(this, at);
      },
    });
  }
  try {
    run();
  } finally {
    for (const name of ['charCodeAt', 'codePointAt'] as const) {
      Reflect.defineProperty(String.prototype, name, { configurable: true, writable: true, value: originals[name] });
    }
  }
  expect(reads).toBeGreaterThan(0);
  return reads;
}
