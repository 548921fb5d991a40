import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeOwners, encodeOwners, OwnersView, type Owners } from './quota-owners.js';

const owner = fc.option(fc.record({ instance: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), epoch: fc.nat() }));
const maps: fc.Arbitrary<Owners> = fc.record({ revision: fc.nat(), partitions: fc.array(owner, { minLength: 4, maxLength: 4 }) });

test('a map survives encoding', () => {
  fc.assert(fc.property(maps, (owners) => {
    expect(decodeOwners(encodeOwners(owners), 4)).toEqual(owners);
  }));
});

test('nothing but a map of as many partitions is taken for one', () => {
  const text = (value: string) => decodeOwners(new TextEncoder().encode(value), 2);
  for (const bad of [
    '', 'null', '[]', '{}', '{"revision":-1,"instances":[],"partitions":[-1,0,-1,0]}', '{"revision":1,"instances":["a.b"],"partitions":[0,1,0,1]}',
    '{"revision":1,"instances":["a"],"partitions":[0,1,1,1]}', '{"revision":1,"instances":["a"],"partitions":[0,1]}',
    '{"revision":1,"instances":["a"],"partitions":[0,1,0,-4]}', '{"revision":1,"instances":["a"],"partitions":[0,1,"0",1]}',
  ]) expect(text(bad)).toBeUndefined();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    decodeOwners(bytes, 2);
  }));
});

test('an older map is not believed, unless nothing else has been heard for long', () => {
  const view = new OwnersView();
  const map = (revision: number, instance: string): Owners => ({ revision, partitions: [{ instance, epoch: 1 }] });
  expect(view.ownerOf(0)).toBeUndefined();
  expect(view.accept(map(7, 'a'), 0)).toBe(true);
  expect(view.accept(map(6, 'b'), 100)).toBe(false);
  expect(view.ownerOf(0)?.instance).toBe('a');
  expect(view.accept(map(7, 'a'), 2000)).toBe(true);
  expect(view.accept(map(1, 'b'), 4999)).toBe(false);
  expect(view.accept(map(1, 'b'), 5000)).toBe(true);
});
