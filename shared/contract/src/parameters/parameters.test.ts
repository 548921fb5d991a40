import { describe, expect, it } from 'vitest';
import { compileContract } from '../index.js';
import { checkParameters, documentOf, texts } from '../testing/sample-contract.js';

const query = (schema: object, more: object = {}): object => ({ name: 'p', in: 'query', schema, ...more });
const ask = (schema: object, text: string, more: object = {}): string[] => checkParameters([query(schema, more)], { query: text });
const inPath = (name: string, schema: object, more: object = {}): object => ({ name, in: 'path', required: true, schema, ...more });
const inHeader = (name: string, schema: object, more: object = {}): object => ({ name, in: 'header', schema, ...more });
const inCookie = (schema: object, more: object = {}): object => ({ name: 'c', in: 'cookie', schema, ...more });

describe('a query parameter', () => {
  it.each([
    ['integer', ['0', '-5', '9007199254740993'], ['', ' 1', '1 ', '+1', '01', '1e3', '1.0', '0x10', '١', '1_000', '-', '--1', 'NaN']],
    ['number', ['0', '-0.5', '1e3', '1E-2', '1.0'], ['', '.5', '5.', '1e', '+1', '0x1', 'Infinity', 'NaN', '1,5', '1e999']],
    ['boolean', ['true', 'false'], ['', 'TRUE', '1', '0', 'yes']],
  ])('that is a(n) %s is read strictly', (type, good, bad) => {
    for (const text of good) expect(ask({ type }, `p=${encodeURIComponent(text)}`), text).toEqual([]);
    for (const text of bad) expect(ask({ type }, `p=${encodeURIComponent(text)}`), text).toEqual([`/query/p: must be ${type}`]);
  });

  it('must be there where it is required, and may be absent elsewhere', () => {
    expect(ask({ type: 'string' }, 'other=1', { required: true })).toEqual(['/query/p: is required']);
    expect(ask({ type: 'string' }, '', {})).toEqual([]);
  });

  it('may be empty where the contract says so', () => {
    expect(ask({ type: 'integer' }, 'p=', { allowEmptyValue: true })).toEqual([]);
    expect(ask({ type: 'integer' }, 'p', { allowEmptyValue: true })).toEqual([]);
    expect(ask({ type: 'integer' }, 'p')).toEqual(['/query/p: must be integer']);
    expect(ask({ type: 'string', minLength: 1 }, 'p=')).toHaveLength(1);
  });

  it('must not be repeated unless it is an array', () => {
    expect(ask({ type: 'integer' }, 'p=1&p=2')).toEqual(['/query/p: must not be given more than once']);
    expect(ask({ type: 'integer' }, 'p=1&%70=2')).toEqual(['/query/p: must not be given more than once']);
    expect(ask({ type: 'array', items: { type: 'integer' } }, 'p=1&p=2')).toEqual([]);
    expect(ask({ type: 'array', items: { type: 'integer' } }, 'p=1&p=x')).toEqual(['/query/p/1: must be integer']);
    expect(ask({ type: 'array', items: { type: 'integer' } }, 'p=1,2&p=3', { explode: false })).toEqual(['/query/p: must not be given more than once']);
  });

  it('is decoded after it is taken apart', () => {
    expect(ask({ type: 'array', items: { enum: ['a,b', 'c'] } }, 'p=a%2Cb,c', { explode: false })).toEqual([]);
    expect(ask({ const: 'a b&c=d+' }, 'p=a+b%26c%3Dd%2B')).toEqual([]);
    expect(ask({ const: 'a=b' }, 'p=a=b')).toEqual([]);
  });

  it('must be valid percent-encoding of UTF-8', () => {
    for (const text of ['%', '%2', '%GG', '%ff', '%c0%af']) {
      expect(ask({ type: 'string' }, `p=${text}`), text).toEqual(['/query/p: is not valid percent-encoding of UTF-8']);
    }
  });

  it('that is an object spreads over names, and takes those that nobody else does where it says what they are', () => {
    const schema = { type: 'object', properties: { r: { type: 'integer' }, g: { type: 'integer' } } };
    expect(ask(schema, 'r=1&g=2&other=x')).toEqual([]);
    expect(ask(schema, 'r=1&g=x')).toEqual(['/query/p/g: must be integer']);
    expect(ask({ ...schema, additionalProperties: false }, 'r=1&other=x')).toEqual(['/query/p: has a property that the contract does not list']);
    const limit = { name: 'limit', in: 'query', schema: { type: 'integer' } };
    expect(checkParameters([query({ ...schema, additionalProperties: false }), limit], { query: 'r=1&limit=5' })).toEqual([]);
    expect(ask({ ...schema, required: ['r'] }, '', { required: true })).toEqual(['/query/p: is required']);
  });

  it('of the style deepObject is written in brackets', () => {
    const schema = { type: 'object', additionalProperties: false, properties: { a: { type: 'integer' }, b: { type: 'object', properties: { c: { type: 'boolean' } } }, d: { type: 'array', items: { type: 'integer' } } } };
    const deep = { style: 'deepObject' };
    expect(ask(schema, 'p[a]=1&p[b][c]=true&p[d]=1&p[d][]=2', deep)).toEqual([]);
    expect(ask(schema, 'p%5Ba%5D=x', deep)).toEqual(['/query/p/a: must be integer']);
    expect(ask(schema, 'p[z]=1', deep)).toEqual(['/query/p: has a property that the contract does not list']);
    expect(ask(schema, 'p[a]=1&p[a]=2', deep)).toEqual(['/query/p: gives a property more than once']);
    expect(ask(schema, 'p[a=1', deep)).toEqual(['/query/p: must be written as name[property]']);
    expect(ask(schema, 'p[__proto__][polluted]=1', deep)).toHaveLength(1);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('of a media type is one text in it', () => {
    const json = { name: 'p', in: 'query', content: { 'application/json': { schema: { type: 'object', properties: { a: { type: 'integer' } }, additionalProperties: false } } } };
    const askJson = (text: string): string[] => checkParameters([json], { query: `p=${encodeURIComponent(text)}` });
    expect(askJson('{"a":1}')).toEqual([]);
    expect(askJson('{"a":"1"}')).toEqual(['/query/p/a: must be integer']);
    expect(askJson('{"a":1,"a":2}')).toEqual(['/query/p: has an object that lists a name twice']);
    expect(askJson('{')).toEqual(['/query/p: is not valid JSON']);
  });

  it('that may be of several types is read as the one that matches', () => {
    const schema = { anyOf: [{ type: 'integer', maximum: 10 }, { type: 'string', pattern: '^\\d{5}$' }] };
    expect(ask(schema, 'p=7')).toEqual([]);
    expect(ask(schema, 'p=12345')).toEqual([]);
    expect(ask(schema, 'p=123')).toHaveLength(1);
    const either = { oneOf: [{ type: 'integer' }, { type: 'array', items: { type: 'integer' } }] };
    expect(ask(either, 'p=1')).toEqual([]);
    expect(ask(either, 'p=1&p=2')).toEqual([]);
    expect(ask({ enum: [1, 2] }, 'p=2')).toEqual([]);
  });

  it('takes its type from references and from allOf', () => {
    const contract = compileContract(documentOf('3.0.3', { '/': { get: { parameters: [query({ allOf: [{ $ref: '#/components/schemas/Page' }], maximum: 5 })] } } }, { Page: { type: 'integer', minimum: 1 } }));
    const check = (text: string): string[] => texts(contract.findOperation('GET', '/')?.operation.checkHead({ pathParams: [], query: text, headers: new Map() }) ?? []);
    expect(check('p=3')).toEqual([]);
    expect(check('p=9')).toEqual(['/query/p: must be <= 5']);
    expect(check('p=0')).toEqual(['/query/p: must be >= 1']);
  });

  it('that is not listed is ignored, or refused where that is asked for', () => {
    expect(checkParameters([query({ type: 'integer' })], { query: 'other=%&p=1' })).toEqual([]);
    const refuse = { unlistedQuery: 'refuse' } as const;
    expect(checkParameters([query({ type: 'integer' })], { query: 'other=1&p=1' }, '/', refuse)).toEqual(['/query: has a parameter that the contract does not list']);
    expect(checkParameters([], { query: 'other=1' }, '/', refuse)).toHaveLength(1);
    expect(checkParameters([], { query: '' }, '/', refuse)).toEqual([]);
  });
});

describe('a path parameter', () => {
  it('is decoded once, and a plus is a plus', () => {
    expect(checkParameters([inPath('a', { const: 'x/y+%20' })], { path: '/x%2Fy+%2520' }, '/{a}')).toEqual([]);
  });

  it('is told by its name', () => {
    const parameters = [inPath('b', { type: 'integer' }), inPath('a', { type: 'string', format: 'uuid' })];
    expect(checkParameters(parameters, { path: '/x/y' }, '/{a}/{b}')).toEqual(['/path/b: must be integer', '/path/a: must match the format "uuid"']);
  });

  it('may share its segment', () => {
    const parameters = [inPath('id', { type: 'integer' }), inPath('form', { enum: ['json', 'csv'] })];
    expect(checkParameters(parameters, { path: '/7.csv' }, '/{id}.{form}')).toEqual([]);
    expect(checkParameters(parameters, { path: '/7.xml' }, '/{id}.{form}')).toEqual(['/path/form: must be one of "json", "csv"']);
  });

  it('keeps to its style', () => {
    const matrix = inPath('p', { type: 'array', items: { type: 'integer' } }, { style: 'matrix', explode: true });
    expect(checkParameters([matrix], { path: '/;p=1;p=2' }, '/{p}')).toEqual([]);
    expect(checkParameters([matrix], { path: '/1,2' }, '/{p}')).toEqual(['/path/p: must begin with ";"']);
    const label = inPath('p', { type: 'object', properties: { r: { type: 'integer' } }, additionalProperties: false }, { style: 'label', explode: true });
    expect(checkParameters([label], { path: '/.r=1' }, '/{p}')).toEqual([]);
    expect(checkParameters([label], { path: '/.r=1.r=2' }, '/{p}')).toEqual(['/path/p: gives a property more than once']);
  });

  it('may be declared for the whole path and replaced by an operation', () => {
    const paths = { '/{id}': { parameters: [inPath('id', { type: 'integer' })], get: {}, put: { parameters: [inPath('id', { type: 'string' })] } } };
    const contract = compileContract(documentOf('3.1.0', paths));
    const check = (method: string): number => contract.findOperation(method, '/x')?.operation.checkHead({ pathParams: ['x'], query: '', headers: new Map() }).length ?? -1;
    expect(check('GET')).toBe(1);
    expect(check('PUT')).toBe(0);
  });
});

describe('a header parameter', () => {
  it('is found whatever its case, and named as the contract does', () => {
    const parameters = [inHeader('X-Page', { type: 'integer' }, { required: true })];
    expect(checkParameters(parameters, { headers: { 'x-page': '5' } })).toEqual([]);
    expect(checkParameters(parameters, { headers: { 'x-page': 'five' } })).toEqual(['/header/X-Page: must be integer']);
    expect(checkParameters(parameters, {})).toEqual(['/header/X-Page: is required']);
  });

  it('may take several lines where it is an array, and no more than one elsewhere', () => {
    const tags = [inHeader('x-tags', { type: 'array', items: { enum: ['a', 'b', 'c'] } })];
    expect(checkParameters(tags, { headers: { 'x-tags': ['a, b', 'c'] } })).toEqual([]);
    expect(checkParameters([inHeader('x-one', { type: 'string' })], { headers: { 'x-one': ['a', 'b'] } })).toEqual(['/header/x-one: must not be given more than once']);
  });

  it('may be an object', () => {
    const schema = { type: 'object', properties: { r: { type: 'integer' } }, additionalProperties: false };
    expect(checkParameters([inHeader('x-o', schema)], { headers: { 'x-o': 'r, 1' } })).toEqual([]);
    expect(checkParameters([inHeader('x-o', schema, { explode: true })], { headers: { 'x-o': 'r=1' } })).toEqual([]);
    expect(checkParameters([inHeader('x-o', schema)], { headers: { 'x-o': 'r' } })).toEqual(['/header/x-o: must be a list of names and values in turn']);
  });

  it('named Accept, Content-Type or Authorization is described elsewhere', () => {
    const parameters = ['Accept', 'Content-Type', 'Authorization'].map((name) => inHeader(name, { const: 'x' }, { required: true }));
    expect(checkParameters(parameters, {})).toEqual([]);
  });
});

describe('a cookie parameter', () => {
  it('is found among the others', () => {
    expect(checkParameters([inCookie({ type: 'integer' })], { headers: { cookie: 'a=x; c=5;d' } })).toEqual([]);
    expect(checkParameters([inCookie({ type: 'integer' })], { headers: { cookie: ['a=x', 'c="5"'] } })).toEqual([]);
    expect(checkParameters([inCookie({ type: 'integer' })], { headers: { cookie: 'c=x' } })).toEqual(['/cookie/c: must be integer']);
    expect(checkParameters([inCookie({}, { required: true })], { headers: { cookie: 'cc=1' } })).toEqual(['/cookie/c: is required']);
  });

  it('must not be given twice', () => {
    expect(checkParameters([inCookie({ type: 'string' })], { headers: { cookie: 'c=1; c=2' } })).toEqual(['/cookie/c: must not be given more than once']);
  });

  it('may be an array', () => {
    expect(checkParameters([inCookie({ type: 'array', items: { type: 'integer' } }, { explode: false })], { headers: { cookie: 'c=1,2' } })).toEqual([]);
  });
});

it('what was taken out on the way is not missed', () => {
  const parameters = [
    { name: 'X-Api-Key', in: 'header', required: true, schema: { type: 'string' } },
    { name: 'key', in: 'query', required: true, schema: { type: 'string' } },
  ];
  const contract = compileContract(documentOf('3.1.0', { '/': { get: { parameters } } }));
  const problems = contract.findOperation('GET', '/')?.operation.checkHead({
    pathParams: [],
    query: '',
    headers: new Map(),
    isTakenOut: (place, name) => place === 'header' && name === 'x-api-key',
  });
  expect(texts(problems ?? [])).toEqual(['/query/key: is required']);
});
