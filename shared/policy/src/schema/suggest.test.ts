import { expect, test } from 'vitest';
import { suggest } from './suggest.js';

const known = ['upstream', 'limits', 'auth', 'audit', 'id'];

test.each([
  ['upsteam', 'upstream'],
  ['Upstream', 'upstream'],
  ['limit', 'limits'],
  ['atuh', 'auth'],
])('%s is close to %s', (word, expected) => {
  expect(suggest(word, known)).toBe(`; did you mean "${expected}"?`);
});

test.each(['xyz', 'q', 'frobnicate', ''])('%j is close to nothing', (word) => {
  expect(suggest(word, known)).toBe('');
});
