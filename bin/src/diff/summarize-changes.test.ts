import type { PolicyDocument, RoutePolicy } from '@sallyport/policy';
import { describe, expect, it } from 'vitest';
import { renderChanges } from './render-changes.js';
import { summarizeChanges } from './summarize-changes.js';

function route(id: string, over: Partial<RoutePolicy> = {}): RoutePolicy {
  return {
    id, match: { hosts: null, paths: ['/'], methods: null }, upstream: 'u', auth: { kind: 'public' }, limits: [], validate: { openapi: null, waf: 'off', maxBodyBytes: 1 },
    onFailure: { quota: 'closed', validation: 'closed' }, audit: 'async', forwardCredential: false, shadow: [], deprecated: null, ...over,
  };
}

const before: PolicyDocument = {
  version: 1, trustedProxies: [], issuers: {}, plans: { gold: { limits: [] } }, upstreams: { u: { targets: [], timeoutMs: 5 } },
  consumers: { acme: { plan: 'gold', roles: [], keys: [], match: [] } }, routes: [route('a'), route('b')], documents: {},
};

function changes(after: Partial<PolicyDocument>): string[] {
  return renderChanges(summarizeChanges(before, { ...before, ...after }), (_, text) => text);
}

describe('what a policy changes', () => {
  it('is nothing where only the order of routes and keys differs', () => {
    expect(changes({ routes: [route('b'), route('a')], upstreams: { u: { timeoutMs: 5, targets: [] } } })).toEqual([]);
  });

  it('is said entry by entry, with the fields that differ', () => {
    const changed = route('a', { validate: { openapi: 'x', waf: 'off', maxBodyBytes: 2 }, auth: { kind: 'any', alternatives: [], scopes: [], roles: [] } });
    expect(changes({ routes: [changed, route('c')], plans: {}, trustedProxies: ['10.0.0.0/8'] })).toEqual([
      '~ policy: trustedProxies',
      '- plan gold',
      '~ route a: auth.kind, auth.alternatives, auth.scopes, auth.roles, validate.openapi, validate.maxBodyBytes',
      '- route b',
      '+ route c',
    ]);
  });

  it('has no values in it', () => {
    const keys = [{ id: 'k', sha256: 'f'.repeat(64), scopes: [], expiresAtMs: null }];
    expect(changes({ consumers: { acme: { plan: 'gold', roles: [], keys, match: [] } } })).toEqual(['~ consumer acme: keys']);
  });

  it('is everything where there was no policy', () => {
    expect(summarizeChanges(undefined, before).map(({ kind, section, name }) => `${kind} ${section} ${name}`)).toEqual([
      'added plan gold', 'added consumer acme', 'added upstream u', 'added route a', 'added route b',
    ]);
  });
});
