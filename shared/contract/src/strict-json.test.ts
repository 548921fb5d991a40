import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonBytes, parseJsonText } from './strict-json.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('strict JSON', () => {
  it('reads every text without repeated names as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json({ depthSize: 'medium' }), fc.constantFrom(0, 2), (text, indent) => {
        const value: unknown = JSON.parse(text);
        const clean = JSON.stringify(value, undefined, indent);
        const parsed = parseJsonBytes(utf8(clean), 64);
        expect(parsed).toEqual({ ok: true, value });
      }),
    );
  });

  it('refuses every text that JSON.parse refuses', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', '1', '-', 'e', ' ', 'n') }), (text) => {
        let isValid = true;
        try {
          JSON.parse(text);
        } catch {
          isValid = false;
        }
        if (!isValid) expect(parseJsonText(text, 64).ok).toBe(false);
      }),
    );
  });

  it('refuses an object that repeats a name, wherever it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.jsonValue(), fc.nat(5), (object, value, depth) => {
        const name = Object.keys(object)[0] ?? '';
        const inner = `${JSON.stringify(object).slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`;
        const text = '[{"a":'.repeat(depth) + inner + '}]'.repeat(depth);
        expect(parseJsonText(text, 64)).toEqual({ ok: false, message: 'has an object that lists a name twice' });
      }),
    );
  });

  it.each([
    ['a name that is escaped the second time', '{"a":1,"\\u0061":2}'],
    ['a name whose first value has members of its own', '{"a":{"b":1,"c":2},"a":1}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
  ])('refuses %s', (_what, text) => {
    expect(parseJsonText(text, 64).ok).toBe(false);
  });

  it('is not misled by colons and brackets in strings', () => {
    const text = '{"a:b":"{[:","c\\"":"\\\\","d":[":",{"e":"}"}]}';
    expect(parseJsonText(text, 3)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  it('takes as many levels as it is told and not one more', () => {
    expect(parseJsonText('[[[]]]', 3).ok).toBe(true);
    expect(parseJsonText('[[[{}]]]', 3)).toEqual({ ok: false, message: 'is nested deeper than 3 levels' });
    expect(parseJsonText('['.repeat(1_000_000), 64)).toEqual({ ok: false, message: 'is nested deeper than 64 levels' });
  });

  it.each([
    ['a byte order mark', Uint8Array.of(0xef, 0xbb, 0xbf, 0x31)],
    ['an overlong encoding', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22)],
    ['an encoded surrogate', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)],
    ['UTF-16', Uint8Array.of(0x31, 0x00)],
    ['NaN', utf8('NaN')],
    ['two texts', utf8('1 2')],
    ['a trailing comma', utf8('[1,]')],
    ['nothing', utf8('')],
  ])('refuses %s', (_what, bytes) => {
    expect(parseJsonBytes(bytes, 64).ok).toBe(false);
  });

  it('reads a view into a larger buffer', () => {
    const bytes = utf8('xx{"é":1}xx');
    expect(parseJsonBytes(bytes.subarray(2, bytes.length - 2), 64)).toEqual({ ok: true, value: { é: 1 } });
  });
});
