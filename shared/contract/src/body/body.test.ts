import { describe, expect, it } from 'vitest';
import { bodyPaths, checkBytes, contractOfBody, documentOf, texts } from '../testing/sample-contract.js';
import { compileContract, type Contract } from '../index.js';

const contractOf = (content: object, required = true): Contract =>
  compileContract(documentOf('3.1.0', { '/': { post: { requestBody: { required, content } } } }));
const mediaProblems = (contract: Contract, contentType: string | undefined, hasBody = true): string[] => {
  const problems = contract.findOperation('POST', '/')?.operation.checkMediaType(contentType, hasBody) ?? [];
  return problems.map(({ reason, message }) => `${reason}: ${message}`);
};
const field = (name: string, value: string): string => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`;
const bodyOf = (parts: readonly string[]): string => `${parts.map((part) => `--B\r\n${part}\r\n`).join('')}--B--\r\n`;
const onlyText = (value: string): object => ({ schema: { const: value } });

describe('the media type', () => {
  it.each([
    ['application/json', undefined],
    ['Application/JSON; Charset="UTF-8"', undefined],
    ['application/json;', undefined],
    ['text/plain', 'must be in a media type that the contract lists: application/json'],
    ['application/vnd.x+json', 'must be in a media type that the contract lists: application/json'],
    ['application/json; charset=utf-16', 'must be in UTF-8'],
    ['application/json, application/json', 'has a malformed Content-Type'],
    ['application/json; charset=utf-8; charset=utf-16', 'has a malformed Content-Type'],
    ['json', 'has a malformed Content-Type'],
    [undefined, 'needs a Content-Type'],
  ])('%s', (contentType, message) => {
    const contract = contractOf({ 'application/json': { schema: true } });
    expect(mediaProblems(contract, contentType)).toEqual(message === undefined ? [] : [`media_type_unsupported: ${message}`]);
  });

  it('falls under the most specific description that fits', () => {
    const contract = contractOf({
      '*/*': onlyText('any'),
      'application/*': onlyText('application'),
      'application/*+json': onlyText('suffix'),
      'application/json': onlyText('json'),
      'application/json; v=2': onlyText('json 2'),
    });
    const accepts = (contentType: string, value: string): void => expect(checkBytes(contract, JSON.stringify(value), contentType)).toEqual([]);
    accepts('application/json', 'json');
    accepts('application/json; charset=utf-8', 'json');
    accepts('application/json; v=2', 'json 2');
    accepts('application/vnd.x+json', 'suffix');
    expect(checkBytes(contract, 'application', 'application/pdf')).toEqual([]);
    expect(checkBytes(contract, 'any', 'text/plain')).toEqual([]);
    expect(checkBytes(contract, 'else', 'text/plain')).toHaveLength(1);
  });

  it('of a body that cannot be checked is refused, not ignored', () => {
    const contract = contractOf({ 'application/json': { schema: { type: 'object' } }, 'application/xml': { schema: { type: 'object' } } });
    expect(mediaProblems(contract, 'application/xml')).toEqual(['media_type_unsupported: is in a media type that the contract lists and the gateway cannot check']);
    expect(contract.warnings[0]).toMatchObject({ pointer: '/paths/~1/post/requestBody/content/application~1xml' });
  });
});

describe('a body', () => {
  it('must be there where it is required', () => {
    const schema = { type: 'object' };
    expect(checkBytes(contractOfBody(schema), '', 'application/json')).toEqual(['/body: is required']);
    expect(mediaProblems(contractOfBody(schema), undefined, false)).toEqual(['schema_violation: is required']);
    const optional = contractOf({ 'application/json': { schema } }, false);
    expect(checkBytes(optional, '', 'application/json')).toEqual([]);
    expect(mediaProblems(optional, undefined, false)).toEqual([]);
  });

  it('is not read where nothing is said of its content', () => {
    const contract = contractOf({ 'application/octet-stream': { schema: { type: 'string', format: 'binary' } }, 'image/*': {}, 'application/json': {} });
    const operation = contract.findOperation('POST', '/')?.operation;
    expect(operation?.needsBody).toBe(true);
    expect(operation?.needsBodyOf('application/octet-stream')).toBe(false);
    expect(operation?.needsBodyOf('image/png')).toBe(false);
    expect(operation?.needsBodyOf('application/json')).toBe(true);
    expect(operation?.needsBodyOf('text/plain')).toBe(false);
    expect(checkBytes(contract, '{', 'application/json')).toEqual(['/body: is not valid JSON']);
  });

  it('that no operation describes is let be', () => {
    const operation = compileContract(documentOf('3.1.0', { '/': { post: {} } })).findOperation('POST', '/')?.operation;
    expect(operation?.needsBody).toBe(false);
    expect(operation?.checkMediaType('text/plain', true)).toEqual([]);
  });

  it('of text is read as its schema says', () => {
    const contract = contractOf({ 'text/plain': { schema: { type: 'integer', maximum: 5 } } });
    expect(checkBytes(contract, '5', 'text/plain')).toEqual([]);
    expect(checkBytes(contract, '6', 'text/plain')).toEqual(['/body: must be <= 5']);
    expect(checkBytes(contract, Uint8Array.of(0xff), 'text/plain')).toEqual(['/body: is not valid UTF-8']);
  });

  it('of octets is as long as it has octets', () => {
    const contract = contractOf({ 'application/octet-stream': { schema: { type: 'string', maxLength: 3 } } });
    expect(checkBytes(contract, Uint8Array.of(0, 255, 254), 'application/octet-stream')).toEqual([]);
    expect(checkBytes(contract, 'éé', 'application/octet-stream')).toHaveLength(1);
  });

  it('may be nested as deep as the options say', () => {
    const contract = compileContract(documentOf('3.1.0', bodyPaths({})), { maxJsonDepth: 2 });
    expect(checkBytes(contract, '[[]]', 'application/json')).toEqual([]);
    expect(checkBytes(contract, '[[[]]]', 'application/json')).toEqual(['/body: is nested deeper than 2 levels']);
  });
});

describe('a form', () => {
  const schema = {
    type: 'object',
    required: ['name'],
    additionalProperties: false,
    properties: {
      name: { type: 'string', minLength: 1 },
      age: { type: 'integer' },
      tags: { type: 'array', items: { type: 'string' } },
      address: { type: 'object', properties: { zip: { type: 'string' } } },
      ids: { type: 'array', items: { type: 'integer' } },
      filter: { type: 'object', properties: { a: { type: 'integer' } } },
    },
  };
  const encoding = { ids: { style: 'form', explode: false }, filter: { style: 'deepObject' } };
  const contract = contractOf({ 'application/x-www-form-urlencoded': { schema, encoding } });
  const check = (form: string): string[] => checkBytes(contract, form, 'application/x-www-form-urlencoded');

  it.each([
    ['name=a+b&age=5&tags=x&tags=y', []],
    ['name=a&address=%7B%22zip%22%3A%221%22%7D', []],
    ['name=a&ids=1,2&filter[a]=5', []],
    ['age=x', ['/body/name: is required', '/body/age: must be integer']],
    ['name=a&other=1', ['/body: has a property that the contract does not list']],
    ['name=a&name=b', ['/body: has a property more than once that is no array']],
    ['name=a&address=x', ['/body: has a property that is not valid JSON']],
    ['name=a&ids=1,x', ['/body/ids/1: must be integer']],
    ['name=a&filter[a]=x', ['/body/filter/a: must be integer']],
    ['name=%ff', ['/body: is not valid percent-encoding of UTF-8']],
  ])('%s', (form, problems) => {
    expect(check(form)).toEqual(problems);
  });
});

describe('a multipart form', () => {
  const schema = {
    type: 'object',
    required: ['meta', 'file'],
    additionalProperties: false,
    properties: {
      meta: { type: 'object', required: ['title'], properties: { title: { type: 'string' } } },
      file: { type: 'string', format: 'binary', maxLength: 4 },
      count: { type: 'integer' },
      tags: { type: 'array', items: { type: 'string' } },
    },
  };
  const contract = contractOf({ 'multipart/form-data': { schema, encoding: { file: { contentType: 'image/png, image/jpeg' } } } });
  const meta = 'Content-Disposition: form-data; name="meta"\r\nContent-Type: application/json\r\n\r\n{"title":"a"}';
  const file = 'Content-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n\x01\xff';
  const checkRaw = (body: string, type = 'multipart/form-data; boundary=B'): string[] => checkBytes(contract, Buffer.from(body, 'latin1'), type);
  const check = (...parts: string[]): string[] => checkRaw(bodyOf(parts));

  it('is checked part by part', () => {
    expect(check(meta, file, field('count', '5'), field('tags', 'a'), field('tags', 'b'))).toEqual([]);
    expect(check(meta, file, field('count', 'x'))).toEqual(['/body/count: must be integer']);
    expect(check(file)).toEqual(['/body/meta: is required']);
    expect(check(meta, file, field('other', 'x'))).toEqual(['/body: has a property that the contract does not list']);
    expect(check(meta, `${file}\x02\x03\x04`)).toEqual(['/body/file: must NOT have more than 4 characters']);
    expect(check(field('meta', '{"title":1}'), file)).toEqual(['/body/meta/title: must be string']);
  });

  it.each([
    ['a part in another media type', bodyOf([meta, file.replace('image/png', 'text/html')]), 'has a part in a media type that the contract does not list'],
    ['a part twice', bodyOf([meta, meta, file]), 'has a part more than once that is no array'],
    ['a preamble', `x\r\n${bodyOf([meta, file])}`, 'does not begin with its boundary'],
    ['an epilogue', `${bodyOf([meta, file])}x`, 'goes on after its last boundary'],
    ['no end', bodyOf([meta, file]).slice(0, -6), 'does not end with its boundary'],
    ['a longer boundary', bodyOf([meta]).replace('--B\r\n', '--BB\r\n'), 'has a boundary that is not followed by a line break'],
    ['a part without a name', bodyOf(['Content-Disposition: form-data\r\n\r\nx']), 'has a part without a well-formed Content-Disposition'],
    ['a name twice', bodyOf(['Content-Disposition: form-data; name="a"; name="b"\r\n\r\nx']), 'has a part without a well-formed Content-Disposition'],
    ['a header field twice', bodyOf(['Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"\r\n\r\nx']), 'has a part whose header is malformed'],
    ['a transfer encoding', bodyOf(['Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nx']), 'has a part with a transfer encoding'],
    ['a file name in two forms', bodyOf(["Content-Disposition: form-data; name=\"a\"; filename=\"b\"; filename*=UTF-8''c\r\n\r\nx"]), 'has a part without a well-formed Content-Disposition'],
    ['too many parts', bodyOf(Array.from({ length: 1001 }, () => field('tags', 'a'))), 'has more than 1000 parts'],
    ['JSON that is none', bodyOf([field('meta', '{')]), 'has a part that is not valid JSON'],
  ])('is refused for %s', (_what, body, message) => {
    expect(checkRaw(body)).toEqual([`/body: ${message}`]);
  });

  it('needs a boundary', () => {
    expect(checkRaw(bodyOf([meta, file]), 'multipart/form-data')).toEqual(['/body: needs a boundary of 1 to 70 characters in its Content-Type']);
  });
});

it('problems of a body say that it is the body', () => {
  const found = contractOfBody({ type: 'integer' }).findOperation('POST', '/');
  const problems = found?.operation.checkBody({ mediaType: 'application/json', bytes: new TextEncoder().encode('"x"') }) ?? [];
  expect(problems).toEqual([{ place: 'body', pointer: '/body', message: 'must be integer', reason: 'schema_violation' }]);
  expect(texts(problems)).toHaveLength(1);
});
