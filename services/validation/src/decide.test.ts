import { describe, expect, it } from 'vitest';
import { decide, type ValidationGathered } from './decide.js';
import { inspectHead, type ValidatedRequest } from './inspect-head.js';
import { compileValidationPolicy } from './policy.js';

import { checkedBy, documentOf, policyOf } from './testing/sample-policy.js';

const order = {
  type: 'object',
  additionalProperties: false,
  required: ['sku'],
  properties: { sku: { type: 'string' }, ...Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, { type: 'integer' }])) },
};
const paths = {
  '/orders': {
    get: { parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer', maximum: 100 } }] },
    post: {
      parameters: [{ name: 'X-Api-Key', in: 'header', required: true, schema: { type: 'string' } }],
      requestBody: { required: true, content: { 'application/json': { schema: order }, 'image/png': {} } },
    },
  },
  '/orders/{id}': { get: { parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }] } },
};
const auth = { kind: 'any', alternatives: [{ kind: 'apiKey', in: 'header', name: 'x-api-key' }], scopes: [], roles: [] } as const;
const policy = compileValidationPolicy(policyOf([{ auth, validate: checkedBy('d1') }, {}], { d1: documentOf('3.1.0', paths) }));

const get: ValidatedRequest = { routeIndex: 0, method: 'GET', path: '/orders', query: '', headers: [], bodyBytes: 0 };
const json = ['content-type', 'application/json'];
const post: ValidatedRequest = { ...get, method: 'POST', headers: json, bodyBytes: 10 };
const withBody = (body: unknown): ValidationGathered => ({ body: new TextEncoder().encode(JSON.stringify(body)) });

describe('a request passes', () => {
  it('that keeps to the contract, and leaves its path template', () => {
    expect(decide({ ...get, query: 'limit=5' }, policy, {})).toEqual({ kind: 'allow', facts: { pathTemplate: '/orders', bodyChecked: false } });
    const byId = { ...get, path: '/orders/c0ffee00-1111-2222-3333-444455556666' };
    expect(decide(byId, policy, {})).toMatchObject({ facts: { pathTemplate: '/orders/{id}' } });
  });

  it('whose body keeps to it', () => {
    expect(decide(post, policy, withBody({ sku: 'a' }))).toEqual({ kind: 'allow', facts: { pathTemplate: '/orders', bodyChecked: true } });
  });

  it('whose body is of a kind that is not looked into', () => {
    const image = { ...post, headers: ['content-type', 'image/png', 'content-encoding', 'gzip'] };
    expect(inspectHead(image, policy).needsBody).toBe(false);
    expect(decide(image, policy, {})).toEqual({ kind: 'allow', facts: { pathTemplate: '/orders', bodyChecked: false } });
  });

  it('on a route without a contract', () => {
    expect(decide({ ...post, routeIndex: 1 }, policy, {})).toEqual({ kind: 'allow', facts: { pathTemplate: '', bodyChecked: false } });
  });
});

describe('a request is denied', () => {
  it('for what the contract does not list', () => {
    expect(decide({ ...get, method: 'DELETE' }, policy, {})).toMatchObject({ reason: 'schema_violation', detail: 'The contract of the API lists no such operation.' });
  });

  it('for its head, without its body being asked for', () => {
    const request = { ...post, headers: [], bodyBytes: 5 };
    expect(inspectHead(request, policy).needsBody).toBe(false);
    expect(decide(request, policy, {})).toEqual({ kind: 'deny', reason: 'media_type_unsupported', detail: '/body: needs a Content-Type' });
    expect(decide({ ...get, query: 'limit=500' }, policy, {})).toEqual({ kind: 'deny', reason: 'schema_violation', detail: '/query/limit: must be <= 100' });
  });

  it('for its body, with the first five problems', () => {
    const body = { a: '', b: '', c: '', d: '', e: '', f: '' };
    const verdict = decide(post, policy, withBody(body));
    expect(verdict).toMatchObject({ kind: 'deny', reason: 'schema_violation' });
    const detail = verdict.kind === 'deny' ? verdict.detail : '';
    expect(detail).toBe('/body/sku: is required; /body/a: must be integer; /body/b: must be integer; /body/c: must be integer; /body/d: must be integer; and 2 more');
  });

  it('for a body that is missing', () => {
    expect(decide({ ...post, bodyBytes: 0 }, policy, {})).toMatchObject({ reason: 'schema_violation', detail: '/body: is required' });
    expect(decide({ ...post, bodyBytes: -1 }, policy, { body: new Uint8Array() })).toMatchObject({ detail: '/body: is required' });
  });

  it('for a body that is encoded, repeats its Content-Type, or is too long', () => {
    const encoded = { ...post, headers: [...json, 'content-encoding', 'gzip'] };
    expect(decide(encoded, policy, {})).toMatchObject({ reason: 'media_type_unsupported', detail: expect.stringContaining('Content-Encoding') });
    expect(decide({ ...post, headers: [...json, ...json] }, policy, {})).toMatchObject({ reason: 'media_type_unsupported' });
    expect(decide(post, policy, { body: new Uint8Array(1025) })).toMatchObject({ reason: 'body_too_large' });
  });
});

describe('validation fails closed', () => {
  it('where the body is needed and was not gathered', () => {
    expect(inspectHead(post, policy).needsBody).toBe(true);
    expect(() => decide(post, policy, {})).toThrow('was not gathered');
  });

  it('where the revision has no such route', () => {
    expect(() => decide({ ...get, routeIndex: 9 }, policy, {})).toThrow(RangeError);
  });
});

it('a decision is the same whether the head was inspected before or not', () => {
  const head = inspectHead(post, policy);
  expect(decide(post, policy, { head, ...withBody({ sku: 1 }) })).toEqual(decide(post, policy, withBody({ sku: 1 })));
});

it('a header that auth has taken out is not missed', () => {
  expect(inspectHead(post, policy).problems).toEqual([]);
});
