import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkPolicyFile } from './check-policy-file.js';
import { formatProblem } from './policy-problem.js';
import { LATER_KEYS } from './schema/later-keys.js';
import { policySchema } from './schema/policy-schema.js';
import { listKeys } from './schema/walk-schema.js';

const reference = readFileSync(new URL('../../../docs/policy-reference.md', import.meta.url), 'utf8');
const rows = reference.split('\n').filter((line) => line.startsWith('| `'));
const sharedPlace = (place: string) => place.replace(/^(?:plans\.\*|routes)\.limits\./, 'limits.');

test('every key of the schema has a row in the reference, and every row a key', () => {
  const documented = rows.filter((row) => row.split('|').length > 4).map((row) => /^\| `([^`]+)`/.exec(row)![1]!);
  const known = new Set(listKeys(policySchema).flatMap((key) => [key, sharedPlace(key)]));
  const missing = [...known].filter((key) => !documented.includes(key) && !documented.includes(sharedPlace(key)));
  expect(missing).toEqual([]);
  expect(documented.filter((key) => !known.has(key))).toEqual([]);
});

test('every key that later versions bring is listed as refused', () => {
  const refused = reference.slice(reference.indexOf('## Not supported'));
  for (const [place, keys] of Object.entries(LATER_KEYS)) {
    const where = place === '' ? '| the file' : `| \`${sharedPlace(`${place}.`).slice(0, -1)}\``;
    const row = refused.split('\n').find((line) => line.startsWith(where)) ?? '';
    expect(keys.filter((key) => !row.includes(`\`${key}\``)), place).toEqual([]);
  }
});

test('every example in the reference checks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'policy-'));
  try {
    const examples = [...reference.matchAll(/```yaml\n(version: 1[^]*?)```/g)].map((match) => match[1]!);
    expect(examples.length).toBeGreaterThan(2);
    for (const example of examples) {
      const path = join(folder, 'example.yaml');
      writeFileSync(path, example);
      const result = checkPolicyFile(path, {});
      expect(result.ok ? [] : result.problems.map(formatProblem)).toEqual([]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
