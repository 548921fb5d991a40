import { describe, expect, it } from 'vitest';
import { ContractError } from '@sallyport/contract';
import { compileValidationPolicy } from './policy.js';

import { checkedBy, documentOf, policyOf } from './testing/sample-policy.js';

const orders = documentOf('3.1.0', { '/orders': { get: {} } });

describe('a policy', () => {
  it('compiles a document once, however many routes name it', () => {
    const policy = compileValidationPolicy(policyOf([{ validate: checkedBy('d1') }, {}, { validate: checkedBy('d1') }], { d1: orders }));
    expect(policy.routes[0]?.contract).toBeDefined();
    expect(policy.routes[1]?.contract).toBeUndefined();
    expect(policy.routes[2]?.contract).toBe(policy.routes[0]?.contract);
  });

  it('takes over from the revision before what has not changed', () => {
    const first = compileValidationPolicy(policyOf([{ validate: checkedBy('d1') }], { d1: orders }));
    const document = policyOf([{ validate: checkedBy('d1') }, { validate: checkedBy('d2') }], { d1: orders, d2: documentOf('3.0.3', {}) });
    const second = compileValidationPolicy(document, first);
    expect(second.routes[0]?.contract).toBe(first.routes[0]?.contract);
    expect([...second.contracts.keys()]).toEqual(['d1', 'd2']);
  });

  it('does not keep what no route names any more', () => {
    const first = compileValidationPolicy(policyOf([{ validate: checkedBy('d1') }], { d1: orders }));
    expect(compileValidationPolicy(policyOf([{}]), first).contracts.size).toBe(0);
  });

  it('is refused with a document that cannot be enforced, or none', () => {
    const broken = documentOf('3.1.0', { '/': { get: { parameters: [{ name: 'a', in: 'query', schema: { pattern: 'a(?=b)' } }] } } });
    expect(() => compileValidationPolicy(policyOf([{ validate: checkedBy('d1') }], { d1: broken }))).toThrow(ContractError);
    expect(() => compileValidationPolicy(policyOf([{ validate: checkedBy('d1') }]))).toThrow('does not carry');
  });

  it('knows what auth takes out of a request', () => {
    const alternatives = [
      { kind: 'jwt', issuer: 'main' },
      { kind: 'apiKey', in: 'header', name: 'X-Api-Key' },
      { kind: 'apiKey', in: 'query', name: 'key' },
    ] as const;
    const auth = { kind: 'any', alternatives, scopes: [], roles: [] } as const;
    const policy = compileValidationPolicy(policyOf([{ auth }, { auth, forwardCredential: true }]));
    expect([...(policy.routes[0]?.takenOut ?? [])]).toEqual(['header:x-api-key', 'query:key']);
    expect(policy.routes[1]?.takenOut.size).toBe(0);
  });
});
