import { describe, expect, it } from 'vitest';
import { compileContract } from '../index.js';
import { bodyPaths, checkJson, contractOfBody, documentOf } from '../testing/sample-contract.js';

const warningsOf = (schema: unknown, openapi: '3.0.3' | '3.1.0'): string[] =>
  contractOfBody(schema, {}, openapi).warnings.map(({ pointer, message }) => `${pointer.split('/schema').at(-1)}: ${message}`);

describe('OpenAPI 3.0', () => {
  it('takes null where a type is nullable, and only there', () => {
    const contract = contractOfBody({ type: 'string', nullable: true, maxLength: 2 }, {}, '3.0.3');
    expect(checkJson(contract, null)).toEqual([]);
    expect(checkJson(contract, 'ab')).toEqual([]);
    expect(checkJson(contract, 'abc')).toHaveLength(1);
    expect(checkJson(contractOfBody({ type: 'string' }, {}, '3.0.3'), null)).toEqual(['/body: must be string']);
    expect(checkJson(contractOfBody({ type: 'string', nullable: true }, {}, '3.1.0'), null)).toEqual(['/body: must be string']);
  });

  it('keeps an enum that lists no null, and says so', () => {
    const schema = { type: 'string', nullable: true, enum: ['a'] };
    expect(checkJson(contractOfBody(schema, {}, '3.0.3'), null)).toEqual(['/body: must be one of "a"']);
    expect(warningsOf(schema, '3.0.3')).toEqual(['/nullable: null stays refused, since "enum" does not list it']);
  });

  it('warns of a nullable that has no effect', () => {
    const schema = { nullable: true, allOf: [{ type: 'object' }] };
    expect(warningsOf(schema, '3.0.3')).toEqual(['/nullable: has no effect without a "type" beside it']);
  });

  it('reads exclusive bounds as booleans', () => {
    const contract = contractOfBody({ type: 'integer', minimum: 1, exclusiveMinimum: true, maximum: 5, exclusiveMaximum: false }, {}, '3.0.3');
    expect(checkJson(contract, 1)).toEqual(['/body: must be > 1']);
    expect(checkJson(contract, 5)).toEqual([]);
  });

  it('ignores what stands beside a reference', () => {
    const schemas = { Name: { type: 'string' } };
    const schema = { $ref: '#/components/schemas/Name', maxLength: 1 };
    expect(checkJson(contractOfBody(schema, schemas, '3.0.3'), 'abc')).toEqual([]);
    expect(checkJson(contractOfBody(schema, schemas, '3.1.0'), 'abc')).toHaveLength(1);
  });
});

describe('OpenAPI 3.1', () => {
  it('has the keywords of 2020-12', () => {
    const contract = contractOfBody({
      type: 'object',
      properties: { kind: { const: 'point' }, at: { prefixItems: [{ type: 'number' }, { type: 'number' }], items: false } },
      patternProperties: { '^x-': { type: 'string' } },
      dependentRequired: { kind: ['at'] },
      propertyNames: { maxLength: 8 },
      unevaluatedProperties: false,
    });
    expect(checkJson(contract, { kind: 'point', at: [1, 2], 'x-a': 'b' })).toEqual([]);
    expect(checkJson(contract, { kind: 'line', at: [1, 2] })).toEqual(['/body/kind: must be "point"']);
    expect(checkJson(contract, { kind: 'point' })).toEqual(['/body/at: is required beside "kind"']);
    expect(checkJson(contract, { kind: 'point', at: [1, 2, 3] })).toEqual(['/body/at: must NOT have more than 2 items']);
    expect(checkJson(contract, { other: 1 })).toEqual(['/body: has a property that the contract does not list']);
    expect(checkJson(contract, { 'x-far-too-long': '' })).toEqual(['/body: has a property whose name the contract does not allow']);
  });

  it('has schemas that are true and false', () => {
    expect(checkJson(contractOfBody(true), { any: 1 })).toEqual([]);
    expect(checkJson(contractOfBody(false), {})).toEqual(['/body: is not allowed']);
  });

  it('sees what the parts of a recursive schema say of its properties', () => {
    const schemas = {
      Base: { type: 'object', properties: { id: { type: 'integer' }, owner: { $ref: '#/components/schemas/Node' } } },
      Node: { allOf: [{ $ref: '#/components/schemas/Base' }], properties: { next: { $ref: '#/components/schemas/Node' } }, unevaluatedProperties: false },
    };
    for (const name of ['Node', 'Base']) {
      const contract = contractOfBody({ type: 'object', properties: { node: { $ref: `#/components/schemas/${name}` } } }, schemas);
      expect(checkJson(contract, { node: { id: 1, owner: { id: 2, next: { id: 3 } } } })).toEqual([]);
      expect(checkJson(contract, { node: { owner: { other: 1 } } })).toEqual(['/body/node/owner: has a property that the contract does not list']);
    }
  });

  it('takes types as lists', () => {
    const contract = contractOfBody({ type: ['integer', 'null'] });
    expect(checkJson(contract, null)).toEqual([]);
    expect(checkJson(contract, 'x')).toEqual(['/body: must be integer or null']);
  });
});

describe('every dialect', () => {
  it.each(['3.0.3', '3.1.0'] as const)('does not miss read-only properties in a request (%s)', (openapi) => {
    const schemas = {
      Base: { type: 'object', required: ['id'], properties: { id: { $ref: '#/components/schemas/Id' } } },
      Id: { type: 'integer', readOnly: true },
    };
    const schema = {
      allOf: [{ $ref: '#/components/schemas/Base' }],
      type: 'object',
      required: ['id', 'name', 'created'],
      properties: { name: { type: 'string' }, created: { type: 'string', readOnly: true } },
    };
    const contract = contractOfBody(schema, schemas, openapi);
    expect(checkJson(contract, { name: 'a' })).toEqual([]);
    expect(checkJson(contract, {})).toEqual(['/body/name: is required']);
    expect(checkJson(contract, { name: 'a', id: 'x' })).toEqual(['/body/id: must be integer']);
  });

  it('checks the formats it knows and warns of the others', () => {
    const contract = contractOfBody({ type: 'object', properties: { id: { type: 'string', format: 'uuid' }, iban: { type: 'string', format: 'iban' } } });
    expect(checkJson(contract, { id: 'x', iban: 'x' })).toEqual(['/body/id: must match the format "uuid"']);
    expect(contract.warnings.map((warning) => warning.message)).toEqual(['the format "iban" is not checked']);
  });

  it('warns of properties without a type', () => {
    expect(warningsOf({ properties: { a: {} } }, '3.1.0')).toEqual([': lists properties but no "type": values that are no objects pass']);
  });

  it('leaves out what only annotates', () => {
    const schema = { type: 'string', xml: { name: 'x' }, example: 1, externalDocs: {}, deprecated: true, 'x-any': 1, title: 't', default: 5 };
    expect(checkJson(contractOfBody(schema, {}, '3.0.3'), 'a')).toEqual([]);
  });

  it('counts names of Object.prototype only where they are sent', () => {
    const contract = contractOfBody({ type: 'object', required: ['constructor'], properties: { toString: { type: 'string' } }, additionalProperties: { type: 'string' } });
    expect(checkJson(contract, {})).toEqual(['/body/constructor: is required']);
    expect(checkJson(contract, { constructor: 'a' })).toEqual([]);
  });

  it('judges decimal multiples as people do', () => {
    const contract = contractOfBody({ type: 'number', multipleOf: 0.01 });
    expect(checkJson(contract, 19.99)).toEqual([]);
    expect(checkJson(contract, 19.999)).toHaveLength(1);
  });

  it('compiles equal schemas once', () => {
    const schema = { type: 'object', properties: { a: { type: 'integer' } } };
    const contract = compileContract(documentOf('3.1.0', { ...bodyPaths(schema), '/a': { put: { requestBody: { content: { 'application/json': { schema: { ...schema } } } } } } }));
    expect(contract.findOperation('PUT', '/a')?.operation.checkBody({ mediaType: 'application/json', bytes: new TextEncoder().encode('{"a":"x"}') })).toHaveLength(1);
  });
});
