import { describe, expect, it } from 'vitest';
import { checkJson, contractOfBody, bodyPaths, documentOf, faultOf } from '../testing/sample-contract.js';

const schemas = {
  Cat: { type: 'object', required: ['kind', 'lives'], properties: { kind: { type: 'string' }, lives: { type: 'integer' } } },
  Dog: { type: 'object', required: ['kind', 'barks'], properties: { kind: { type: 'string' }, barks: { type: 'boolean' } } },
};
const oneOf = [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }];

describe('a discriminator', () => {
  it.each(['3.0.3', '3.1.0'] as const)('chooses by the names of the schemas (%s)', (openapi) => {
    const contract = contractOfBody({ oneOf, discriminator: { propertyName: 'kind' } }, schemas, openapi);
    expect(checkJson(contract, { kind: 'Cat', lives: 9 })).toEqual([]);
    expect(checkJson(contract, { kind: 'Cat', barks: true })).toEqual(['/body/lives: is required']);
    expect(checkJson(contract, { kind: 'Fox' })).toEqual(['/body/kind: must be one of "Cat", "Dog"']);
    expect(checkJson(contract, { lives: 9 })).toEqual(['/body/kind: is required']);
    expect(checkJson(contract, 5)).toContain('/body: must be object');
  });

  it('chooses by a mapping of references and of names', () => {
    const mapping = { cat: '#/components/schemas/Cat', dog: 'Dog' };
    const contract = contractOfBody({ oneOf, discriminator: { propertyName: 'kind', mapping } }, schemas);
    expect(checkJson(contract, { kind: 'cat', lives: 9 })).toEqual([]);
    expect(checkJson(contract, { kind: 'dog', lives: 9 })).toEqual(['/body/barks: is required']);
  });

  it('chooses by the values that the alternatives admit', () => {
    const inline = [
      { type: 'object', properties: { kind: { const: 'a' }, x: { type: 'integer' } } },
      { type: 'object', properties: { kind: { enum: ['b', 'c'] }, x: { type: 'string' } } },
    ];
    const contract = contractOfBody({ anyOf: inline, discriminator: { propertyName: 'kind' } });
    expect(checkJson(contract, { kind: 'c', x: 'y' })).toEqual([]);
    expect(checkJson(contract, { kind: 'a', x: 'y' })).toEqual(['/body/x: must be integer']);
  });

  it('is left to oneOf where it cannot tell, with a warning', () => {
    const contract = contractOfBody({ oneOf: [{ type: 'object' }], discriminator: { propertyName: 'kind' } });
    expect(checkJson(contract, {})).toEqual([]);
    expect(contract.warnings[0]?.message).toContain('is not applied');
  });

  it('is left aside where there is nothing to choose from, with a warning', () => {
    const contract = contractOfBody({ type: 'object', discriminator: { propertyName: 'kind' } }, {}, '3.0.3');
    expect(checkJson(contract, {})).toEqual([]);
    expect(contract.warnings).toHaveLength(1);
  });

  it.each([
    ['leads nowhere', { x: '#/components/schemas/Fox' }],
    ['leads nowhere', { x: 'Fox' }],
    ['does not list', { x: 'Fish' }],
    ['bundle it first', { x: '#Fish' }],
  ])('with a mapping that %s is a fault', (why, mapping) => {
    const schema = { oneOf, discriminator: { propertyName: 'kind', mapping } };
    const fault = faultOf(documentOf('3.1.0', bodyPaths(schema), { ...schemas, Fish: {} }));
    expect(fault).toContain('/discriminator/mapping/x: ');
    expect(fault).toContain(why);
  });
});
