import { describe, expect, it } from 'vitest';
import { ClickHouseException, toClickHouseException } from './exception.js';

describe('toClickHouseException', () => {
  it.each([
    [
      "Query failed: Code: 60. DB::Exception: Unknown table expression identifier 'x' in scope SELECT * FROM x. (UNKNOWN_TABLE)",
      "Code: 60. DB::Exception: Unknown table expression identifier 'x' in scope SELECT * FROM x. (UNKNOWN_TABLE)",
    ],
    [
      "Code: 164. DB::Exception: Code: 164. DB::Exception: Cannot modify 'a' setting in readonly mode. (READONLY) (version 26.7.2.1). (READONLY)",
      "Code: 164. DB::Exception: Cannot modify 'a' setting in readonly mode. (READONLY)",
    ],
    [
      'Code: 27. DB::Exception: Code: 27. DB::Exception: Cannot parse input: (at row 2)\n: (in file/uri /data/spool/x): While executing File: data for INSERT was parsed from file. (CANNOT_PARSE_INPUT_ASSERTION_FAILED) (version 26.7.2.1). (CANNOT_PARSE_INPUT_ASSERTION_FAILED)',
      'Code: 27. DB::Exception: Cannot parse input: (at row 2)\n: While executing File. (CANNOT_PARSE_INPUT_ASSERTION_FAILED)',
    ],
    ['something else', 'Code: 1002. DB::Exception: something else (UNKNOWN_EXCEPTION)'],
  ])('%s', (thrown, message) => {
    expect(toClickHouseException(new Error(thrown)).message).toBe(message);
  });

  it('keeps code and name, and reads its own wording back', () => {
    const exception = new ClickHouseException(62, 'SYNTAX_ERROR', 'Syntax error: (SELEC).');
    expect(toClickHouseException(exception)).toBe(exception);
    expect(toClickHouseException(new Error(exception.message))).toMatchObject({ code: 62, codeName: 'SYNTAX_ERROR', message: exception.message });
  });
});
