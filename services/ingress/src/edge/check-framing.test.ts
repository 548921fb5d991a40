import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFraming, type FramingHead, type FramingLimits } from './check-framing.js';

const limits: FramingLimits = { headerCount: 8, headerBytes: 200, targetBytes: 100 };

function head(headers: readonly string[], method = 'GET', target = '/'): FramingHead {
  return { method, target, headers, host: '', contentLength: 0, closeRequested: false, expectsContinue: false, hasNonAscii: false };
}

function reasonOf(headers: readonly string[], method?: string, target?: string): string | undefined {
  return checkFraming(head(headers, method, target), limits)?.reason;
}

const host = ['host', 'api.example.com'];
const bad = 'malformed_request';

describe('a well-formed head', () => {
  it('passes, and says what follows from it', () => {
    const post = head([...host, 'content-length', '12', 'connection', 'keep-alive, Close', 'expect', '100-Continue', 'x', '\xe9'], 'POST', '/a/b?c=d');
    expect(checkFraming(post, limits)).toBeUndefined();
    expect(post).toMatchObject({ host: 'api.example.com', contentLength: 12, closeRequested: true, expectsContinue: true, hasNonAscii: true });
  });

  it('has no body without Content-Length and Transfer-Encoding, and one of unknown length with chunked', () => {
    const get = head(host);
    expect(checkFraming(get, limits)).toBeUndefined();
    expect(get.contentLength).toBe(0);
    const chunked = head([...host, 'transfer-encoding', 'Chunked'], 'POST');
    expect(checkFraming(chunked, limits)).toBeUndefined();
    expect(chunked.contentLength).toBe(-1);
  });

  it.each(['localhost', 'a.example:8080', '127.0.0.1:1', '[::1]', '[2001:db8::1]:443', 'under_score.example', 'dot.example.', 'a:'])('may have the host %s', (value) => {
    expect(reasonOf(['host', value])).toBeUndefined();
  });

  it.each(['/', '//', '/a?b=c?d', '/%00', "/a;b=1,2:3@4/!$&'()*+", '/a?x={"a":1}'.replaceAll('"', '%22'), '/~user', '/a?b\\c', '/a|b'])('may have the target %s', (target) => {
    expect(reasonOf(host, 'GET', target)).toBeUndefined();
  });

  it('may have the target * with OPTIONS only', () => {
    expect(reasonOf(host, 'OPTIONS', '*')).toBeUndefined();
    expect(reasonOf(host, 'GET', '*')).toBe(bad);
  });
});

describe('a head is refused as malformed', () => {
  it.each([
    ['no Host', []],
    ['an empty Host', ['host', '']],
    ['two Hosts', [...host, ...host]],
    ['joined Hosts', ['host', 'a, b']],
    ['a Host with a path', ['host', 'a/b']],
    ['a Host with user information', ['host', 'a@b']],
    ['a Host with a space', ['host', 'a b']],
    ['a Host with a bad port', ['host', 'a:b']],
    ['a Host outside ASCII', ['host', '\xe9xample']],
    ['an empty Content-Length', [...host, 'content-length', '']],
    ['a signed Content-Length', [...host, 'content-length', '+5']],
    ['a negative Content-Length', [...host, 'content-length', '-5']],
    ['a hexadecimal Content-Length', [...host, 'content-length', '0x5']],
    ['a joined Content-Length', [...host, 'content-length', '5, 5']],
    ['a Content-Length beyond 2^53', [...host, 'content-length', '9007199254740993']],
    ['a repeated Content-Length', [...host, 'content-length', '5', 'content-length', '5']],
    ['differing Content-Lengths', [...host, 'content-length', '5', 'content-length', '6']],
    ['Content-Length with Transfer-Encoding', [...host, 'content-length', '5', 'transfer-encoding', 'chunked']],
    ['Transfer-Encoding with Content-Length', [...host, 'transfer-encoding', 'chunked', 'content-length', '5']],
    ['an empty Transfer-Encoding', [...host, 'transfer-encoding', '']],
    ['an empty Transfer-Encoding with Content-Length', [...host, 'transfer-encoding', '', 'content-length', '5']],
    ['an unknown transfer coding', [...host, 'transfer-encoding', 'gzip']],
    ['a transfer coding before chunked', [...host, 'transfer-encoding', 'gzip, chunked']],
    ['chunked twice', [...host, 'transfer-encoding', 'chunked, chunked']],
    ['a repeated Transfer-Encoding', [...host, 'transfer-encoding', 'chunked', 'transfer-encoding', 'chunked']],
    ['identity', [...host, 'transfer-encoding', 'identity']],
    ['chunked with a parameter', [...host, 'transfer-encoding', 'chunked;a=b']],
    ['an empty field name', [...host, '', 'x']],
    ['a field name with a space', [...host, 'x ', 'y']],
    ['a field name with a colon', [...host, 'x:', 'y']],
    ['a field name outside ASCII', [...host, 'x\xe9', 'y']],
    ['a value with NUL', [...host, 'x', 'a\0b']],
    ['a value with a line feed', [...host, 'x', 'a\nb']],
    ['a value with a carriage return', [...host, 'x', 'a\rb']],
    ['a value with DEL', [...host, 'x', 'a\x7fb']],
  ])('with %s', (_, headers) => {
    expect(reasonOf(headers)).toBe(bad);
  });

  it.each(['', 'G T', 'G@T', 'G\xe9T', 'GET\0', 'CONNECT'])('with the method %j', (method) => {
    expect(reasonOf(host, method)).toBe(bad);
  });

  it.each(['', 'a', 'http://api.example.com/', 'api.example.com:443', '/a b', '/a#b', '/a\x7f', '/a\xe9', '/a"b', '/a<b', '/a\\b', '/a\0', `/${'a'.repeat(100)}`])('with the target %j', (target) => {
    expect(reasonOf(host, 'GET', target)).toBe(bad);
  });
});

it('refuses too many and too large fields as headers_too_large', () => {
  expect(reasonOf([...host, ...Array.from({ length: 7 }, (_, i) => [`h${i}`, 'v']).flat()])).toBeUndefined();
  expect(reasonOf([...host, ...Array.from({ length: 8 }, (_, i) => [`h${i}`, 'v']).flat()])).toBe('headers_too_large');
  expect(reasonOf([...host, 'x', 'a'.repeat(170)])).toBeUndefined();
  expect(reasonOf([...host, 'x', 'a'.repeat(180)])).toBe('headers_too_large');
});

const countOf = (all: readonly string[], wanted: string): number => all.filter((text, i) => i % 2 === 0 && text === wanted).length;

describe('for any head', () => {
  const name = fc.oneof(fc.constantFrom('host', 'content-length', 'transfer-encoding', 'connection', 'expect', 'x'), fc.string({ maxLength: 8, unit: 'binary' }));
  const value = fc.oneof(fc.constantFrom('a', '5', 'chunked', 'close', ''), fc.string({ maxLength: 12, unit: 'binary' }));
  const headers = fc.array(fc.tuple(name, value), { maxLength: 10 }).map((pairs) => pairs.flat());
  const method = fc.oneof(fc.constantFrom('GET', 'POST', 'OPTIONS'), fc.string({ maxLength: 5 }));
  const target = fc.oneof(fc.webPath(), fc.constantFrom('/', '*'), fc.string({ maxLength: 20, unit: 'binary' }));

  it('what passes has one host, one framing, and nothing that could end a line', () => {
    fc.assert(
      fc.property(method, target, headers, (m, t, h) => {
        const subject = head(h, m, t);
        if (checkFraming(subject, limits) !== undefined) return;
        expect(countOf(h, 'host')).toBe(1);
        expect(countOf(h, 'content-length') + countOf(h, 'transfer-encoding')).toBe(subject.contentLength === 0 ? countOf(h, 'content-length') : 1);
        for (const end of ['\r', '\n', '\0']) expect(`${m}${t}${h.join('')}`).not.toContain(end);
        expect(m).toMatch(/^[^\s:]+$/);
        expect(t).toMatch(/^(?:\/[\x21-\x7e]*|\*)$/);
        expect(Number.isSafeInteger(subject.contentLength)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a denial names a rule and echoes nothing of the request', () => {
    const secret = 'S3cr3tT0ken';
    fc.assert(
      fc.property(fc.constantFrom('host', 'content-length', 'transfer-encoding', 'x y'), (field) => {
        const denial = checkFraming(head(['host', 'a', field, secret]), limits);
        expect(JSON.stringify(denial)).not.toContain(secret);
      }),
    );
  });

  it('a Content-Length passes exactly if it is one to fifteen digits', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 18, unit: fc.constantFrom(...'0123456789+- ,.xe'.split('')) }), fc.bigInt({ min: 0n, max: 10n ** 17n }).map(String)), (text) => {
        expect(reasonOf([...host, 'content-length', text]) === undefined).toBe(/^[0-9]{1,15}$/.test(text));
      }),
    );
  });
});
