import { describe, expect, it } from 'vitest';
import { locateContractReference } from './locate-reference.js';

describe('the place of a reference to a contract', () => {
  it.each([
    ['in block style', 'routes:\n  - id: a\n  - id: b\n    validate:\n      openapi: ./b.yaml\n', { line: 5, col: 16 }],
    ['in flow style', 'routes: [ { id: a }, { id: b, validate: { openapi: ./b.yaml } } ]\n', { line: 1, col: 52 }],
    ['behind an alias', 'x: &v\n  openapi: ./b.yaml\nroutes:\n  - id: a\n  - id: b\n    validate: *v\n', { line: 2, col: 12 }],
    ['in a merged map: the map', 'x: &v { openapi: ./b.yaml }\nroutes:\n  - id: a\n  - id: b\n    validate: { <<: *v }\n', { line: 5, col: 15 }],
    ['nowhere: the list', 'routes:\n  - id: a\n', { line: 2, col: 3 }],
  ])('%s', (_, source, place) => {
    expect(locateContractReference(source, 1)).toEqual(place);
  });
});
