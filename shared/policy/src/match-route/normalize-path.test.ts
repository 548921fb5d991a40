import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalizePath } from './normalize-path.js';

const targets = fc
  .array(
    fc.constantFrom(
      '/', '//', '.', '..', 'a', 'B', '~', '%41', '%7e', '%2e', '%2E%2e', '%c3%a9', '%C3', '%25', '%', '%4', '%2f', '%5C', '%00',
      '\\', '?', '#', ' ', ';', '..;', '=', '|', '{', '[', '%5b', '*', ':', 'é', '\t', '%3b',
    ),
    { maxLength: 12 },
  )
  .map((parts) => `/${parts.join('')}`);

describe('normalizePath', () => {
  test.each([
    ['/', '/', ''],
    ['/orders/42', '/orders/42', ''],
    ['/orders?limit=5&q=%2f%5C', '/orders', 'limit=5&q=%2f%5C'],
    ['/a?', '/a', ''],
    ['/%7Euser/%61', '/~user/a', ''],
    ['/caf%c3%a9', '/caf%C3%A9', ''],
    ['/a/./b/../c', '/a/c', ''],
    ['/a/%2e%2E/c', '/c', ''],
    ['/../..', '/', ''],
    ['/a/..', '/', ''],
    ['/a/b/..', '/a/', ''],
    ['/a/.', '/a/', ''],
    ['//a///b//', '/a/b/', ''],
    ['/a//../b', '/b', ''],
    ['/.well-known/x', '/.well-known/x', ''],
    ['/...', '/...', ''],
    ['/a|b{c}[d]', '/a%7Cb%7Bc%7D%5Bd%5D', ''],
    ['/a%3bb;c=d', '/a%3Bb;c=d', ''],
    ['/%25%32%35', '/%2525', ''],
    ['/x?filter[a]={"b"}', '/x', 'filter[a]={"b"}'],
    ['/x?a?b', '/x', 'a?b'],
  ])('%s becomes %s', (target, path, query) => {
    expect(normalizePath(target)).toEqual({ path, query });
  });

  test.each([
    '', 'a', '*', 'http://a/', '/a%2fb', '/a%2Fb', '/a%5cb', '/a%00', '/a%0d%0a', '/a%7f', '/a\\b', '/a b', '/a\u0000', '/a\u007f', '/é', '/a#b',
    '/a?b#c', '/a?b c', '/a?é', '/a?%', '/a?%4', '/a?%zz', '/%', '/%4', '/%zz', '/%C3', '/%c0%ae', '/a/..;/b', '/a/.;x/b', '/%2e%2e;/a',
  ])('%j is malformed', (target) => {
    expect(normalizePath(target)).toBeNull();
  });

  test('is idempotent, and what it yields is unambiguous', () => {
    fc.assert(
      fc.property(targets, (target) => {
        const normal = normalizePath(target);
        if (normal === null) return;
        const { path, query } = normal;
        expect(normalizePath(query === '' ? path : `${path}?${query}`)).toEqual(normal);
        expect(path).toMatch(/^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-F]{2})*$/);
        expect(path).not.toMatch(/\/\/|\/\.{1,2}(?:[/;]|$)|%2F|%5C|%00/);
      }),
      { numRuns: 3000 },
    );
  });

  test('changes no byte of a target that is normal', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9_~!$&'()*+,;=:@-]{1,8}$/);
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 5 }), (segments) => {
        const path = `/${segments.join('/')}`;
        expect(normalizePath(path)).toEqual({ path, query: '' });
      }),
    );
  });
});
