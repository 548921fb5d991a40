import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { problemTable, reasons } from './index.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/failure-modes.md'), 'utf8');
const sections = page.split(/^## /m).slice(1);

it('docs/failure-modes.md has a heading for every reason and for nothing else', () => {
  expect(sections.map((section) => section.split('\n')[0]).sort()).toEqual([...reasons].sort());
});

it.each(reasons)('the section on %s names its status', (reason) => {
  const section = sections.find((text) => text.startsWith(`${reason}\n`))!;
  expect(section.split('\n')[1]).toMatch(new RegExp(`^${problemTable[reason].status}[ ,.]`));
});
