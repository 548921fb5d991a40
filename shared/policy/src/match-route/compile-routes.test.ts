import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RoutePolicy } from '../document.js';
import { compileRoutes } from './compile-routes.js';
import { matchAsReference } from './match-as-reference.js';

type Match = RoutePolicy['match'];

function compile(...matches: Partial<Match>[]) {
  return compileRoutes({ routes: toRoutes(matches.map((m) => ({ hosts: null, paths: ['/'], methods: null, ...m }))) });
}

/** The matcher looks at nothing else of a route. */
function toRoutes(matches: readonly Match[]): RoutePolicy[] {
  return matches.map((match, i) => ({ id: `r${i}`, match }) as unknown as RoutePolicy);
}

describe('the most specific route wins', () => {
  test('static over :name over *, segment by segment', () => {
    const matcher = compile({ paths: ['/a/*'] }, { paths: ['/a/:x'] }, { paths: ['/a/b'] }, { paths: ['/:y/b/c'] });
    const indexOf = (path: string) => {
      const found = matcher.match('h', 'GET', path);
      return found.kind === 'matched' ? found.routeIndex : found.kind;
    };
    expect(['/a/b', '/a/c', '/a/', '/a', '/a/b/c', '/z/b/c'].map(indexOf)).toEqual([2, 1, 0, 'unmatched', 0, 3]);
  });

  test('exact host over the longest wildcard over any; one without the path passes on to the next', () => {
    const matcher = compile(
      { paths: ['/', '/any'] },
      { hosts: ['*.example.com'], paths: ['/', '/wild'] },
      { hosts: ['*.eu.example.com'] },
      { hosts: ['api.eu.example.com'] },
    );
    const indexOf = (host: string, path = '/') => {
      const found = matcher.match(host, 'GET', path);
      return found.kind === 'matched' ? found.routeIndex : found.kind;
    };
    expect(indexOf('API.eu.example.com.:8080')).toBe(3);
    expect(indexOf('x.eu.example.com')).toBe(2);
    expect(indexOf('x.y.example.com')).toBe(1);
    expect(indexOf('example.com')).toBe(0);
    expect(indexOf('.example.com')).toBe(0);
    expect(indexOf('')).toBe(0);
    expect(indexOf('api.eu.example.com', '/wild')).toBe(1);
    expect(indexOf('api.eu.example.com', '/any')).toBe(0);
  });

  test('a listed method over any; a path without the method passes on to the next', () => {
    const matcher = compile({ paths: ['/a/b'], methods: ['GET'] }, { paths: ['/a/b'] }, { paths: ['/x/y'], methods: ['GET'] }, { paths: ['/x/*'] });
    expect(matcher.match('', 'GET', '/a/b')).toMatchObject({ routeIndex: 0 });
    expect(matcher.match('', 'PUT', '/a/b')).toMatchObject({ routeIndex: 1 });
    expect(matcher.match('', 'PUT', '/x/y')).toMatchObject({ routeIndex: 3, params: { '*': 'y' } });
  });
});

test('a path with other methods only is answered with those, and GET implies no HEAD', () => {
  const matcher = compile({ paths: ['/o/:id'], methods: ['GET'] }, { paths: ['/o/:order'], methods: ['PUT', 'DELETE'] });
  expect(matcher.match('', 'HEAD', '/o/1')).toEqual({ kind: 'method_not_allowed', allow: ['DELETE', 'GET', 'PUT'] });
  expect(matcher.match('', 'PUT', '/o/1')).toMatchObject({ routeIndex: 1, template: '/o/:order', params: { order: '1' } });
});

test('captures are percent-decoded', () => {
  const matcher = compile({ paths: ['/f/:name/*'] });
  expect(matcher.match('', 'GET', '/f/caf%C3%A9/a/b%20c')).toMatchObject({ params: { name: 'café', '*': 'a/b c' } });
});

test('a document with a tie does not compile', () => {
  expect(() => compile({ paths: ['/o/:id'] }, { paths: ['/o/:order'] })).toThrow('two routes tie for /o/:order');
  expect(() => compile({ methods: ['GET'] }, { methods: ['PUT', 'GET'] })).toThrow('two routes tie for GET /');
});

test('agrees with the rules as they are written down', () => {
  const path = fc
    .array(fc.constantFrom('a', 'b', ':x', ':y', ''), { minLength: 1, maxLength: 4 })
    .filter((s) => s.slice(0, -1).every(Boolean) && new Set(s.filter((t) => t.startsWith(':'))).size === s.filter((t) => t.startsWith(':')).length)
    .chain((s) => fc.constantFrom(`/${s.join('/')}`, `/${[...s.slice(0, -1), '*'].join('/')}`));
  const match: fc.Arbitrary<Match> = fc.record({
    hosts: fc.option(fc.subarray(['a.b', '*.b', '*.a.b', 'c'], { minLength: 1 })),
    paths: fc.array(path, { minLength: 1, maxLength: 2 }),
    methods: fc.option(fc.subarray(['GET', 'PUT'], { minLength: 1 })),
  });
  const requestPath = fc.array(fc.constantFrom('a', 'b', 'c', '%C3%A9', ''), { maxLength: 5 }).map((s) => `/${s.join('/')}`);
  const host = fc.constantFrom('a.b', 'c.a.b', 'x.b', 'b', 'c', '');

  let compiled = 0;
  fc.assert(
    fc.property(fc.array(match, { maxLength: 5 }), fc.array(fc.tuple(host, fc.constantFrom('GET', 'PUT', 'HEAD'), requestPath), { minLength: 5 }), (matches, requests) => {
      const routes = toRoutes(matches);
      let matcher;
      try {
        matcher = compileRoutes({ routes });
      } catch {
        return;
      }
      compiled++;
      for (const [h, m, p] of requests) expect(matcher.match(h, m, p)).toEqual(matchAsReference(routes, h, m, p));
    }),
    { numRuns: 2000 },
  );
  expect(compiled).toBeGreaterThan(500);
});
