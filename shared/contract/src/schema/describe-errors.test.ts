import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJson, contractOfBody } from '../testing/sample-contract.js';

const secret = fc.string({ maxLength: 8 }).map((text) => `SECRET${text}`);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    secret,
    fc.integer(),
    fc.constantFrom(null, true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(secret, fc.constantFrom('name', 'tags', 'map', 'kind', 'inner')), tie('value'), { maxKeys: 5 }),
  ),
}));

const schema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', maxLength: 3, pattern: '^[a-z]+$', format: 'uuid' },
    tags: { type: 'array', uniqueItems: true, items: { enum: ['a', 'b'] }, contains: { const: 'a' } },
    map: { type: 'object', additionalProperties: { type: 'integer' }, propertyNames: { pattern: '^[a-z]+$' }, maxProperties: 1 },
    kind: { oneOf: [{ const: 1 }, { type: 'string', minLength: 20 }, { not: { type: 'object' } }] },
    inner: { anyOf: [{ type: 'object', unevaluatedProperties: false }, { type: 'array', maxItems: 1 }] },
  },
  additionalProperties: false,
};

describe('problems', () => {
  it('never repeat a value or an unlisted name of the request', () => {
    const contract = contractOfBody(schema);
    fc.assert(
      fc.property(value, (body) => {
        expect(checkJson(contract, body).join('\n')).not.toContain('SECRET');
      }),
      { numRuns: 1000 },
    );
  });

  it('put a star in the place of a name that no schema lists', () => {
    const contract = contractOfBody({ type: 'object', additionalProperties: { type: 'object', properties: { 'a/b~c': { type: 'integer' } } } });
    expect(checkJson(contract, { x: { 'a/b~c': 'x' } })).toEqual(['/body/*/a~1b~0c: must be integer']);
  });

  it('name the one alternative that was meant, else all of them together', () => {
    const contract = contractOfBody({ type: 'object', properties: { a: { anyOf: [{ type: 'string', maxLength: 2 }, { type: 'null' }] } } });
    expect(checkJson(contract, { a: 'abc' })).toEqual(['/body/a: must NOT have more than 2 characters']);
    expect(checkJson(contract, { a: 5 })).toEqual(['/body/a: matches none of the alternatives that the contract allows']);
    const both = contractOfBody({ oneOf: [{ type: 'integer' }, { minimum: 2 }] });
    expect(checkJson(both, 5)).toEqual(['/body: matches more than one of the alternatives that the contract allows']);
  });

  it('quote the rule, and cut it where it is long', () => {
    const allowed = Array.from({ length: 100 }, (_, index) => `choice-${index}`);
    const [text = ''] = checkJson(contractOfBody({ enum: allowed }), 'x');
    expect(text).toMatch(/^\/body: must be one of "choice-0", "choice-1", .*…$/);
    expect(text.length).toBeLessThan(160);
    expect(checkJson(contractOfBody({ type: 'string', pattern: '^a$' }), 'x')).toEqual(['/body: must match the pattern "^a$"']);
  });
});
