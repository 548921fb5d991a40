import { describe, expect, it } from 'vitest';
import { contentTypeOf, headerLength, streamingOf } from './output-format.js';

describe('streamingOf', () => {
  it.each([
    ['TabSeparated', 'plain'],
    ['jsoneachrow', 'plain'],
    ['Native', 'plain'],
    ['CSVWithNames', 'header'],
    ['JSONCompactEachRowWithNamesAndTypes', 'header'],
    ['JSON', 'whole'],
    ['Parquet', 'whole'],
    ['PrettyCompact', 'whole'],
    ['RowBinaryWithNames', 'whole'],
    ['Values', 'whole'],
    ['JSONEachRowWithProgress', 'whole'],
    ['NoSuchFormat', 'whole'],
  ])('%s is %s', (format, kind) => {
    expect(streamingOf(format).kind).toBe(kind);
  });
});

describe('headerLength', () => {
  const text = (value: string) => new TextEncoder().encode(value);
  it('ends after as many lines as the header has', () => {
    expect(headerLength(text('a\tb\n1\t2\n'), { lines: 1, quoted: false })).toBe(4);
    expect(headerLength(text('a\nUInt8\n1\n'), { lines: 2, quoted: false })).toBe(8);
    expect(headerLength(text('a\n'), { lines: 1, quoted: false })).toBe(2);
  });
  it('reads over line feeds in quoted names', () => {
    expect(headerLength(text('"a\nb ""x""\n"\n1\n'), { lines: 1, quoted: true })).toBe(13);
  });
});

describe('contentTypeOf', () => {
  it.each([
    ['JSON', 'application/json; charset=UTF-8'],
    ['JSONEachRow', 'application/x-ndjson; charset=UTF-8'],
    ['JSONCompactEachRow', 'text/plain; charset=UTF-8'],
    ['JSONEachRowWithProgress', 'application/json; charset=UTF-8'],
    ['TSVWithNames', 'text/tab-separated-values; charset=UTF-8'],
    ['CSV', 'text/csv; charset=UTF-8; header=absent'],
    ['Parquet', 'application/octet-stream'],
    ['RawBLOB', 'text/plain; charset=UTF-8'],
    ['Pretty', 'text/plain; charset=UTF-8'],
  ])('%s', (format, type) => {
    expect(contentTypeOf(format)).toBe(type);
  });
});
