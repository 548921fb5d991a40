import { describe, expect, it } from 'vitest';
import { inspectStatement } from './inspect-statement.js';

describe('inspectStatement', () => {
  it.each([
    'SELECT file(\'/x\')',
    'SELECT COLUMNS(\'p\') APPLY file FROM x',
    'SELECT * FROM eval(\'SELECT 1\')',
    'SELECT * FROM system.stack_trace',
    'SELECT `file`',
    'SELECT 1 SETTINGS max_threads = 1',
    'SELECT * FROM (SELECT 1 SETTINGS `readonly` = 0)',
    'SELECT \'\\\' SETTINGS\', file(\'x\')',
  ])('refuses %s', (canonical) => {
    expect(() => inspectStatement(canonical, [])).toThrow();
  });

  it.each([
    "SELECT 'file', 'it\\'s file(1)', '\\\\' FROM profile",
    'SELECT source_file, files, SETTINGS FROM system.settings',
    "SELECT 1 WHERE a = 'SELECT 1 SETTINGS a = 1'",
    'SELECT settings AS a, a = 1',
  ])('admits %s', (canonical) => {
    expect(inspectStatement(canonical, [])).toEqual({ format: undefined });
  });

  it.each([
    ['SELECT 1 FORMAT JSON', 'JSON'],
    ['SHOW TABLES FORMAT TSVRaw', 'TSVRaw'],
    ["SELECT 'FORMAT CSV'", undefined],
    ["SELECT 'a FORMAT CSV' FORMAT JSON", 'JSON'],
    ['SELECT FORMAT FROM t', undefined],
  ])('%s has format %s', (canonical, format) => {
    expect(inspectStatement(canonical, []).format).toBe(format);
  });

  it('looks at parameters where they stand for names', () => {
    const canonical = 'SELECT * FROM system.{x:Identifier}';
    expect(() => inspectStatement(canonical, [['x', 'stack_trace']])).toThrow(/stack_trace/);
    expect(() => inspectStatement(canonical, [['x', 'stack\\x5ftrace']])).toThrow(/characters/);
    expect(() => inspectStatement(canonical, [['x', 'tables']])).not.toThrow();
    expect(() => inspectStatement('SELECT {x:String}', [['x', 'file(1)']])).not.toThrow();
  });
});
