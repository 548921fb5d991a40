import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkPolicyDocument } from './check-policy-document.js';

const text = readFileSync(new URL('../testdata/good/full.document.json', import.meta.url), 'utf8');

function checkChanged(change: (document: any) => void) {
  const document: unknown = JSON.parse(text);
  change(document);
  const result = checkPolicyDocument(document);
  return result.ok ? [] : result.messages;
}

test('what was made from a file passes as it is', () => {
  expect(checkPolicyDocument(JSON.parse(text))).toEqual({ ok: true, document: JSON.parse(text) });
});

test.each<[string, (document: any) => void, string]>([
  ['a later version', (d) => (d.version = 2), 'version: '],
  ['a key of a later version', (d) => (d.routes[0].validate.sqli = 'block'), 'routes[0].validate: '],
  ['a value of a later version', (d) => (d.routes[0].validate.waf = 'block'), 'routes[0].validate.waf: '],
  ['a missing field', (d) => delete d.routes[0].onFailure, 'routes[0].onFailure: '],
  ['an issuer over plain http', (d) => (d.issuers.main.issuer = 'http://idp.example.com'), 'issuers.main.issuer: must be https'],
  ['a private key', (d) => (d.issuers.inline.keySource.jwks.keys[0].d = 'x'), 'issuers.inline.keySource.jwks: must hold public keys'],
  ['a target with a path', (d) => (d.upstreams.spare.targets[0].url += '/x'), 'upstreams.spare.targets[0].url: is not in normal form'],
  ['a malformed path', (d) => (d.routes[0].match.paths[0] = '/a/../b'), 'routes[0].match.paths[0]: is not a path'],
  ['a credential in a reserved header', (d) => (d.routes[0].auth.alternatives[2].name = 'host'), 'routes[0].auth.alternatives[2]: is no header'],
  ['an unknown upstream', (d) => (d.routes[0].upstream = 'x'), 'routes[0].upstream: there is no upstream "x"'],
  ['a tie', (d) => (d.routes[1].match = d.routes[2].match), '"/health" of route "health" ties with "/health" of route "orders-elsewhere"'],
  ['a contract that is not there', (d) => (d.documents = {}), 'routes[0].validate.openapi: is not among the documents'],
  ['a contract under a wrong digest', (d) => ((Object.values(d.documents)[0] as any).openapi = '3.1.1'), 'is not what its digest says'],
])('%s is refused', (_, change, message) => {
  expect(checkChanged(change).join('\n')).toContain(message);
});

test.each([null, 1, 'x', [], {}])('%j is no document', (value) => {
  expect(checkPolicyDocument(value).ok).toBe(false);
});
