import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInsert, splitInsert } from './split-insert.js';

describe('splitInsert', () => {
  it.each([
    ['INSERT INTO t FORMAT JSONEachRow', 'INSERT INTO t ', '', 'JSONEachRow', ''],
    ['insert into t (a, b) format CSV\n1,2', 'insert into t (a, b) ', '', 'CSV', '1,2'],
    ['INSERT INTO t FORMAT JSONEachRow {"a":1}', 'INSERT INTO t ', '', 'JSONEachRow', '{"a":1}'],
    ['INSERT INTO t VALUES (1), (2)', 'INSERT INTO t ', '', 'Values', ' (1), (2)'],
    ['INSERT INTO t SETTINGS a = 1, b = \'FORMAT x\' FORMAT TSV\nx', 'INSERT INTO t ', "SETTINGS a = 1, b = 'FORMAT x' ", 'TSV', 'x'],
    ['INSERT INTO TABLE d.format FORMAT TSV', 'INSERT INTO TABLE d.format ', '', 'TSV', ''],
    ['INSERT INTO values VALUES (1)', 'INSERT INTO values ', '', 'Values', ' (1)'],
    ['INSERT INTO `my FORMAT x` ("a", `b`) FORMAT Native\n\u0000', 'INSERT INTO `my FORMAT x` ("a", `b`) ', '', 'Native', '\u0000'],
    ['/* c */ INSERT INTO t -- FORMAT x\n FORMAT TSV\n', '/* c */ INSERT INTO t -- FORMAT x\n ', '', 'TSV', ''],
  ])('%s', (text, target, settings, format, rows) => {
    const head = splitInsert(text);
    expect(head).toMatchObject({ target, settings, format });
    expect(text.slice(head?.length)).toBe(rows);
  });

  it.each([
    'SELECT 1 FORMAT JSON',
    'INSERT INTO t SELECT 1 FORMAT JSON',
    'INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x',
    'INSERT INTO t',
    'INSERT INTO t (a)',
    "INSERT INTO FUNCTION file('x') FORMAT TSV",
    "INSERT INTO t FROM INFILE 'x' FORMAT TSV",
    'INSERT INTO t FORMAT',
    '',
  ])('leaves alone: %s', (text) => {
    expect(splitInsert(text)).toBeUndefined();
  });

  it('never throws, and never claims more than there is', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('INSERT', 'INTO', ' t ', 'FORMAT', 'VALUES', '(', ')', "'", '`', '--', '\n', ' '))), (parts) => {
        const text = parts.join('');
        const head = splitInsert(text);
        expect(head === undefined || head.length <= text.length).toBe(true);
      }),
    );
  });
});

describe('isInsert', () => {
  it('looks behind comments', () => {
    expect(isInsert(' -- x\n/* y */ insert INTO t')).toBe(true);
    expect(isInsert('SELECT 1')).toBe(false);
    expect(isInsert('')).toBe(false);
  });
});
