import { describe, expect, it } from 'vitest';
import { findContractFaults } from './find-contract-faults.js';

const info = { title: 't', version: '1' };

describe('contracts', () => {
  it('that compile have no fault, others one with its place', () => {
    const faults = findContractFaults({
      sound: { openapi: '3.1.0', info, paths: { '/a': { get: { responses: {} } } } },
      broken: { openapi: '3.1.0', info, paths: { '/a/{id}': { get: { parameters: [{ name: 'q', in: 'query', schema: { type: 'strin' } }], responses: {} } } } },
      old: { openapi: '2.0', info, paths: {} },
    });
    expect(Object.keys(faults).toSorted()).toEqual(['broken', 'old']);
    expect(faults['broken']).toContain('at /paths/~1a~1{id}');
  });
});
