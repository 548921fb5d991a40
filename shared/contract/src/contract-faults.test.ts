import { describe, expect, it } from 'vitest';
import { bodyPaths, documentOf, faultOf } from './testing/sample-contract.js';
import { compileContract } from './index.js';

const schemaAt = '/paths/~1/post/requestBody/content/application~1json/schema';
const parameterAt = '/paths/~1a/get/parameters/0';
const ofSchema = (schema: unknown, openapi: '3.0.3' | '3.1.0' = '3.1.0'): string => faultOf(documentOf(openapi, bodyPaths(schema)));
const ofParameter = (parameter: object, path = '/a'): string => faultOf(documentOf('3.1.0', { [path]: { get: { parameters: [parameter] } } }));

describe('a document is refused, with the place of its fault, for', () => {
  it.each([
    ['no document', 'text', ': an OpenAPI document is an object'],
    ['no version', {}, ': has no "openapi" version'],
    ['Swagger 2.0', { swagger: '2.0' }, ': has no "openapi" version; Swagger 2.0 must be converted first'],
    ['another version', { openapi: '4.0.0' }, '/openapi: only OpenAPI 3.0.x and 3.1.x are understood'],
    ['another dialect', { openapi: '3.1.0', jsonSchemaDialect: 'http://json-schema.org/draft-07/schema#' }, '/jsonSchemaDialect: only the JSON Schema dialect 2020-12 is understood'],
  ])('%s', (_what, document, fault) => {
    expect(faultOf(document)).toBe(fault);
  });

  it.each([
    ['a remote reference', { $ref: 'other.yaml#/X' }, `${schemaAt}/$ref: only references inside the document are followed, as "#/…"; bundle it first`],
    ['a reference that leads nowhere', { $ref: '#/components/schemas/X' }, `${schemaAt}/$ref: the reference "#/components/schemas/X" leads nowhere`],
    ['a dynamic reference', { $dynamicRef: '#x' }, `${schemaAt}/$dynamicRef: "$dynamicRef" is not supported; use "$ref"`],
    ['a schema that is none', 5, `${schemaAt}: a schema must be an object`],
    ['a pattern with a look-behind', { properties: { a: { pattern: '(?<=a)b' } } }, `${schemaAt}/properties/a/pattern: the pattern uses a look-behind, which cannot be run in linear time`],
    ['a name pattern with a back-reference', { patternProperties: { '(a)\\1': {} } }, `${schemaAt}/patternProperties/(a)\\1: the pattern uses a back-reference, which cannot be run in linear time`],
    ['a bound of the wrong type', { items: { minimum: '1' } }, `${schemaAt}/items/minimum: must be number`],
    ['a type that does not exist', { type: 'file' }, `${schemaAt}/type: must be equal to one of the allowed values`],
    ['an inline dialect of its own', { $schema: 'http://json-schema.org/draft-04/schema#' }, `${schemaAt}/$schema: only the JSON Schema dialect 2020-12 is understood`],
  ])('%s', (_what, schema, fault) => {
    expect(ofSchema(schema)).toBe(fault);
  });

  it('a loop of references', () => {
    const document = documentOf('3.1.0', { '/a': { get: { parameters: [{ $ref: '#/components/parameters/A' }] } } }, {}, {
      components: { parameters: { A: { $ref: '#/components/parameters/B' }, B: { $ref: '#/components/parameters/A' } } },
    });
    expect(faultOf(document)).toBe(`${parameterAt}/$ref: the reference leads back to itself`);
  });

  it.each([
    ['a parameter without a name', { in: 'query' }, `${parameterAt}: a parameter needs a "name"`],
    ['a place that does not exist', { name: 'a', in: 'body' }, `${parameterAt}/in: "in" must be query, path, header or cookie`],
    ['an optional path parameter', { name: 'a', in: 'path' }, `${parameterAt}: a path parameter must say "required: true"`],
    ['a path parameter that the path lacks', { name: 'a', in: 'path', required: true }, `${parameterAt}: the path has no parameter "a"`],
    ['a style that the place has not', { name: 'a', in: 'header', style: 'form' }, `${parameterAt}/style: the style of a header parameter must be one of simple`],
    ['two media types', { name: 'a', in: 'query', content: { 'a/b': {}, 'c/d': {} } }, `${parameterAt}/content: "content" of a parameter must list one media type`],
    ['a media type that cannot be checked', { name: 'a', in: 'query', content: { 'application/xml': {} } }, `${parameterAt}/content: a parameter cannot be checked in the media type "application/xml"`],
  ])('%s', (_what, parameter, fault) => {
    expect(ofParameter(parameter)).toBe(fault);
  });

  it('a parameter that is listed twice', () => {
    const parameters = [{ name: 'X-A', in: 'header' }, { name: 'x-a', in: 'header' }];
    expect(faultOf(documentOf('3.1.0', { '/a': { get: { parameters } } }))).toBe('/paths/~1a/get/parameters/1: "x-a" is listed twice');
  });

  it.each([
    ['a path without a slash', 'a', '/paths/a: a path must begin with "/"'],
    ['braces that do not match', '/{a', '/paths/~1{a: a path has a "{" and a "}" around each parameter\'s name'],
    ['two parameters in a row', '/{a}{b}', '/paths/~1{a}{b}: nothing tells two parameters apart that follow each other'],
    ['a parameter twice in a path', '/{a}/{a}', '/paths/~1{a}~1{a}: a path must not name a parameter twice'],
  ])('%s', (_what, path, fault) => {
    expect(faultOf(documentOf('3.1.0', { [path]: { get: {} } }))).toBe(fault);
  });

  it('two paths that take the same requests', () => {
    const document = documentOf('3.1.0', { '/a/{b}': { get: {} }, '/a/{c}': { get: {}, put: {} } });
    expect(faultOf(document)).toBe('/paths/~1a~1{c}/get: "/a/{b}" takes the same requests: only the names of the parameters differ');
  });

  it('bodies none of which could be checked', () => {
    const document = documentOf('3.1.0', bodyPaths({ type: 'object' }, 'application/xml'));
    expect(faultOf(document)).toBe('/paths/~1/post/requestBody/content: lists no media type whose bodies can be checked against their schema');
  });
});

it('a document without paths has no operations', () => {
  expect(compileContract({ openapi: '3.1.0', info: {}, webhooks: {} }).findOperation('GET', '/')).toBeUndefined();
});
