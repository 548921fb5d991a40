import { describe, expect, it } from 'vitest';
import { formatChecks } from './formats.js';

const check = (name: string, value: string | number): boolean => {
  const format = formatChecks.get(name);
  if (format === undefined) throw new Error(`no format ${name}`);
  return (format.validate as (value: unknown) => boolean)(value);
};

describe('formats', () => {
  it.each([
    ['date', ['2024-02-29', '2000-02-29', '1900-12-31'], ['2023-02-29', '1900-02-29', '2024-13-01', '2024-00-10', '2024-04-31', '2024-1-1', '2024-01-01\n']],
    ['time', ['10:00:00Z', '23:59:60Z', '00:59:60+01:00', '10:00:00.123-05:30', '10:00:00z'], ['24:00:00Z', '10:00:60Z', '10:00:00', '10:00:00+0100', '10:00Z']],
    ['date-time', ['2024-02-29T10:00:00Z', '2024-02-29t10:00:00.1+02:00'], ['2024-02-29 10:00:00Z', '2024-02-30T10:00:00Z', '2024-02-29T10:00:00', '2024-02-29\n10:00:00Z']],
    ['duration', ['P1D', 'PT1H', 'P1Y2M3DT4H5M6S', 'P2W'], ['P', 'PT', '1D', 'P1S']],
    ['uuid', ['c0ffee00-1111-2222-3333-444455556666', 'C0FFEE00-1111-2222-3333-444455556666'], ['urn:uuid:c0ffee00-1111-2222-3333-444455556666', 'c0ffee0011112222333344445555666', 'g0ffee00-1111-2222-3333-444455556666']],
    ['email', ['a@b.example', 'first.last+tag@sub.example.org'], ['a@', '@b', 'a b@c.de', 'a@b..c', 'a@-b.de']],
    ['hostname', ['example.com', 'a-b.c', 'localhost'], ['-a.b', 'a_b', 'a..b', `${'a'.repeat(64)}.com`]],
    ['ipv4', ['1.2.3.4', '255.255.255.255'], ['256.1.1.1', '1.2.3', '01.2.3.4']],
    ['ipv6', ['::1', 'fe80::1', '::ffff:1.2.3.4'], [':::', '1::2::3', 'fe80::1%eth0']],
    ['uri', ['https://a.example/b?c#d', 'urn:a:b'], ['//a.example', 'a b:c', 'https://a.example/ ']],
    ['uri-reference', ['/a/b', '../c?d', '#e', ''], ['a b', '\\a']],
    ['byte', ['', 'YQ==', 'YWI=', 'YWJj', '+/+/'], ['YQ', 'YQ=', 'Y===', '=YQ=', '_-_-', 'YWJj\nYWJj', '<script>\nYWJj']],
    ['json-pointer', ['', '/a/b', '/~0~1'], ['a', '/~2']],
    ['regex', ['^a+$'], ['(', '[b-a]']],
  ] as const)('%s', (name, valid, invalid) => {
    expect(valid.filter((value) => !check(name, value))).toEqual([]);
    expect(invalid.filter((value) => check(name, value))).toEqual([]);
  });

  it.each([
    ['int32', [0, -(2 ** 31), 2 ** 31 - 1], [2 ** 31, -(2 ** 31) - 1, 1.5]],
    ['int64', [2 ** 53, -(2 ** 63)], [2 ** 64, 0.5]],
    ['float', [1e38, -0.5], [1e39]],
    ['double', [1e308], [Number.POSITIVE_INFINITY]],
  ] as const)('%s', (name, valid, invalid) => {
    expect(valid.filter((value) => !check(name, value))).toEqual([]);
    expect(invalid.filter((value) => check(name, value))).toEqual([]);
  });

  it('refuses text that is longer than any value of the format without looking at it', () => {
    for (const [name, format] of formatChecks) {
      if (format.type === 'string' && name !== 'byte') expect(format.validate('a'.repeat(1_000_000)), name).toBe(false);
    }
  });
});
