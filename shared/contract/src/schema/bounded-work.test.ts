import { describe, expect, it } from 'vitest';
import { bodyPaths, checkJson, contractOfBody, documentOf, faultOf } from '../testing/sample-contract.js';
import { hasUniqueItems } from './unique-items.js';

const nested = (depth: number): unknown => (depth === 0 ? { leaf: true } : { next: nested(depth - 1) });
/** One alternative of a recursive schema, told from the others at its innermost value alone. */
const next = (leaf: string): object => ({ type: 'object', properties: { next: { $ref: '#/components/schemas/Node' }, leaf: { const: leaf } } });

describe('the work of a check', () => {
  it('is bounded where a recursive schema tries alternatives at every level', () => {
    const schemas = { Node: { anyOf: [next('a'), next('b'), next('c')] } };
    const contract = contractOfBody({ $ref: '#/components/schemas/Node' }, schemas);
    expect(checkJson(contract, nested(60))).toEqual(['/body: takes too many steps to check']);
    expect(checkJson(contract, { leaf: 'a', next: { leaf: 'b' } })).toEqual([]);
  });

  it('does not pass a value whose check was cut short, though a "not" turns the failure around', () => {
    const schemas = { Node: { anyOf: [next('a'), next('b'), next('c')] } };
    const contract = contractOfBody({ not: { $ref: '#/components/schemas/Node' } }, schemas);
    expect(checkJson(contract, nested(60))).toEqual(['/body: takes too many steps to check']);
  });

  it('leaves room for long and deep values of an ordinary recursive schema', () => {
    const schemas = { Node: { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' }, list: { type: 'array', items: { $ref: '#/components/schemas/Node' } } } } };
    const contract = contractOfBody({ $ref: '#/components/schemas/Node' }, schemas);
    expect(checkJson(contract, nested(60))).toEqual([]);
    expect(checkJson(contract, { list: Array.from({ length: 20_000 }, () => ({})) })).toEqual([]);
  });

  it('never begins where a schema leads a value back to itself', () => {
    const schemas = { Pet: { oneOf: [{ $ref: '#/components/schemas/Cat' }] }, Cat: { allOf: [{ $ref: '#/components/schemas/Pet' }] } };
    const fault = faultOf(documentOf('3.0.3', bodyPaths({ $ref: '#/components/schemas/Pet' }), schemas));
    expect(fault).toMatch(/^\/components\/schemas\/\w+: the schema refers to itself/);
  });

  it('never begins where references go round without an end', () => {
    const schemas = { A: { $ref: '#/components/schemas/B' }, B: { $ref: '#/components/schemas/A' }, Self: { $ref: '#/components/schemas/Self' } };
    for (const name of ['A', 'Self']) {
      expect(faultOf(documentOf('3.1.0', bodyPaths({ $ref: `#/components/schemas/${name}` }), schemas))).toContain('refers to itself');
    }
  });

  it('takes a chain of references of any length', () => {
    const last = 1500;
    const schemas = Object.fromEntries(
      Array.from({ length: last + 1 }, (_, index) => [
        `S${index}`,
        { type: 'object', properties: { next: { $ref: `#/components/schemas/S${Math.min(index + 1, last)}` }, first: { $ref: '#/components/schemas/S0' } } },
      ]),
    );
    const contract = contractOfBody({ $ref: '#/components/schemas/S0' }, schemas);
    expect(checkJson(contract, nested(60))).toEqual([]);
    expect(checkJson(contract, { next: { first: { next: 5 } } })).toEqual(['/body/next/first/next: must be object']);
  });

  it('looks at each item once to see whether all differ', () => {
    let reads = 0;
    const items = Array.from({ length: 2000 }, (_, id) => ({
      get id() {
        reads++;
        return id;
      },
    }));
    expect(hasUniqueItems(items)).toBe(true);
    expect(reads).toBe(2000);
  });

  it.each([
    [[1, 2, '1'], true],
    [[1, 1], false],
    [[{ a: 1, b: [2] }, { b: [2], a: 1 }], false],
    [[{ a: 1 }, { a: '1' }], true],
    [[0, -0], false],
    [[null, 'null', false, 'false'], true],
    [[[1, 2], [12]], true],
  ])('tells whether items differ: %j', (items, expected) => {
    expect(hasUniqueItems(items)).toBe(expected);
    const contract = contractOfBody({ type: 'array', uniqueItems: true });
    expect(checkJson(contract, items)).toEqual(expected ? [] : ['/body: must not have equal items']);
  });

  it('lists the faults of a short body, and stops at the first of a long one', () => {
    const contract = contractOfBody({ type: 'array', items: { type: 'string' } });
    expect(checkJson(contract, [1, 'a', 2])).toEqual(['/body/0: must be string', '/body/2: must be string']);
    expect(checkJson(contract, Array.from({ length: 20_000 }, () => 1))).toEqual(['/body/0: must be string']);
  });
});
