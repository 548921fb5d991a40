import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileContract } from '../index.js';
import { documentOf, faultOf } from '../testing/sample-contract.js';

const operations = (...paths: string[]): object => Object.fromEntries(paths.map((path) => [path, { get: {} }]));

function find(document: object, path: string, method = 'GET'): [template: string, ...params: string[]] | undefined {
  const found = compileContract(document).findOperation(method, path);
  return found === undefined ? undefined : [found.pathTemplate, ...found.pathParams];
}

describe('the operation of a path', () => {
  const document = documentOf('3.1.0', operations('/', '/pets', '/pets/{id}', '/pets/mine', '/pets/{id}.json', '/pets/{id}/toys', '/pets/mine/food/{x}', '/a/{b}-{c}/d', '/café/{x}'));

  it.each([
    ['/', ['/']],
    ['/pets', ['/pets']],
    ['/pets/7', ['/pets/{id}', '7']],
    ['/pets/mine', ['/pets/mine']],
    ['/pets/7.json', ['/pets/{id}.json', '7']],
    ['/pets/.json', ['/pets/{id}', '.json']],
    ['/pets/mine/toys', ['/pets/{id}/toys', 'mine']],
    ['/pets/a%2Fb', ['/pets/{id}', 'a%2Fb']],
    ['/pets/%6Dine', ['/pets/mine']],
    ['/a/x-y-z/d', ['/a/{b}-{c}/d', 'x', 'y-z']],
    ['/caf%C3%A9/1', ['/café/{x}', '1']],
  ])('%s is found', (path, expected) => {
    expect(find(document, path)).toEqual(expected);
  });

  it.each(['/pets/', '/Pets', '/pets//toys', '/a/x-/d', '/a/-y/d', '/a/xy/d', 'pets', '', '/pets/7/toys/'])('%s is not found', (path) => {
    expect(find(document, path)).toBeUndefined();
  });

  it('depends on the method, and HEAD is GET', () => {
    expect(find(document, '/pets', 'POST')).toBeUndefined();
    expect(find(document, '/pets', 'HEAD')).toEqual(['/pets']);
    expect(find(document, '/pets', 'get')).toBeUndefined();
  });

  it('is found for any values of its parameters', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.isWellFormed()).map(encodeURIComponent);
    const contract = compileContract(documentOf('3.1.0', operations('/x/{a}/y/{b}', '/x/{a}/y')));
    fc.assert(
      fc.property(value, value, (a, b) => {
        const found = contract.findOperation('GET', `/x/${a}/y/${b}`);
        expect(found).toMatchObject({ pathTemplate: '/x/{a}/y/{b}', pathParams: [a, b] });
      }),
    );
  });
});
const withServers = (servers: object[], ...paths: string[]): object => documentOf('3.1.0', operations(...paths), {}, { servers });

describe('the base path', () => {
  it('of the servers may stand before a path, or not', () => {
    const document = withServers([{ url: 'https://api.example.com/v1/' }], '/pets');
    expect(find(document, '/v1/pets')).toEqual(['/pets']);
    expect(find(document, '/pets')).toEqual(['/pets']);
    expect(find(document, '/v2/pets')).toBeUndefined();
  });

  it.each([
    ['/v1', '/v1/pets'],
    ['v1', '/v1/pets'],
    ['//api.example.com/a/b', '/a/b/pets'],
    ['https://api.example.com', '/pets'],
    ['{scheme}://api.example.com/v1?x#y', '/v1/pets'],
  ])('of %s is found', (url, path) => {
    expect(find(withServers([{ url }], '/pets'), path)).toEqual(['/pets']);
  });

  it('takes every value of its variables', () => {
    const servers = [{ url: 'https://{host}/{version}', variables: { version: { default: 'v1', enum: ['v1', 'v2'] }, host: { default: 'a' } } }];
    expect(find(withServers(servers, '/pets'), '/v2/pets')).toEqual(['/pets']);
    expect(find(withServers(servers, '/pets'), '/v3/pets')).toBeUndefined();
    expect(faultOf(withServers([{ url: '/{version}' }], '/pets'))).toBe('/servers/0: the server\'s variable "version" needs a "default"');
  });

  it('wins over a path that only looks alike', () => {
    const document = withServers([{ url: '/v1' }], '/pets', '/v1/pets');
    expect(find(document, '/v1/pets')).toEqual(['/pets']);
  });

  it('may be replaced by a path or an operation', () => {
    const document = documentOf('3.1.0', { '/pets': { servers: [{ url: '/inner' }], get: {} } }, {}, { servers: [{ url: '/outer' }] });
    expect(find(document, '/inner/pets')).toEqual(['/pets']);
    expect(find(document, '/outer/pets')).toBeUndefined();
  });
});
