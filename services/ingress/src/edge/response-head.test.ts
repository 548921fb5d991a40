import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodylessLength, formatHead, isBodyless } from './response-head.js';

describe('the head of an answer', () => {
  it('has the reason phrase and the fields, but none about framing or connection', () => {
    const fields = ['etag', '"a"', 'content-length', '5', 'transfer-encoding', 'chunked', 'connection', 'x', 'date', 'now', 'keep-alive', '1', 'upgrade', 'h2c', 'x-a', ''];
    expect(formatHead(404, fields)).toEqual({ text: '404 Not Found\r\netag: "a"\r\nx-a: ', isAscii: true });
    expect(formatHead(599, [])).toEqual({ text: '599 ', isAscii: true });
    expect(formatHead(200, ['x', '\xe9']).isAscii).toBe(false);
  });

  it.each([100, 101, 199, 600, 0, 200.5, Number.NaN])('refuses the status %d', (status) => {
    expect(() => formatHead(status, [])).toThrow(RangeError);
  });

  it('can never end a line early', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 6, unit: 'binary' }), fc.string({ maxLength: 6, unit: 'binary' }), (name, value) => {
        let text: string;
        try {
          text = formatHead(200, [name, value]).text;
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          return;
        }
        expect(text.replace(/^200 OK(?:\r\n[!#$%&'*+\-.^_`|~0-9a-z]+: [^\r\n\0]*)?$/, '')).toBe('');
      }),
      { numRuns: 500 },
    );
  });
});

it('an answer to HEAD, and 204 and 304, have no body', () => {
  expect(isBodyless('HEAD', 200) && isBodyless('GET', 204) && isBodyless('GET', 304)).toBe(true);
  expect(isBodyless('GET', 200)).toBe(false);
});

it('Content-Length without a body tells what the body would be, but never with 204', () => {
  expect(bodylessLength('HEAD', 200, ['content-length', '7'], 3)).toBe(7);
  expect(bodylessLength('HEAD', 200, [], 3)).toBe(3);
  expect(bodylessLength('HEAD', 200, ['content-length', 'x'], 0)).toBe(-1);
  expect(bodylessLength('GET', 304, ['content-length', '7'], 0)).toBe(7);
  expect(bodylessLength('GET', 204, ['content-length', '7'], 0)).toBe(-1);
});
