import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestColumns } from './request-columns.js';
import { encodeRequestRow, type RequestRow } from './request-row.js';

const anyText = fc.string({ unit: 'binary' });
const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.constant(Number.NaN), fc.constant(Number.POSITIVE_INFINITY));

function anyRow(): fc.Arbitrary<RequestRow> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const { name, type } of requestColumns) fields[name] = type.startsWith('UInt') ? anyNumber : anyText;
  return fc.record({
    ...fields,
    ts: fc.integer({ min: 0, max: 4_102_444_800_000 }),
    decision: fc.constantFrom('allow', 'deny'),
    object_ids: fc.dictionary(anyText, anyText),
    token_expires_at: fc.option(anyNumber, { nil: null }),
    waf_rules: fc.array(fc.nat()),
    shadow: fc.array(anyText),
    open_failures: fc.array(anyText),
  }) as unknown as fc.Arbitrary<RequestRow>;
}

describe('encodeRequestRow', () => {
  it('writes one line of JSON with one well-formed value a column, whatever the row holds', () => {
    fc.assert(
      fc.property(anyRow(), (row) => {
        const line = encodeRequestRow(row);
        expect(line).not.toContain('\n');
        const values = JSON.parse(line) as unknown[];
        expect(values.length).toBe(requestColumns.length);
        expect(JSON.stringify(values)).not.toMatch(/(?<!\\)(?:\\\\)*\\ud[89a-f]/);
      }),
    );
  });

  it('writes every number into the range of its column', () => {
    fc.assert(
      fc.property(anyRow(), (row) => {
        const values = JSON.parse(encodeRequestRow(row)) as unknown[];
        for (const [index, { type }] of requestColumns.entries()) {
          if (!type.startsWith('UInt')) continue;
          const max = type === 'UInt16' ? 0xffff : type === 'UInt32' ? 0xffff_ffff : Number.MAX_SAFE_INTEGER;
          expect(Number.isInteger(values[index])).toBe(true);
          expect(values[index]).toBeGreaterThanOrEqual(0);
          expect(values[index]).toBeLessThanOrEqual(max);
        }
      }),
    );
  });

  it('keeps text as it is, but for halves of a surrogate pair', () => {
    fc.assert(
      fc.property(anyRow(), (row) => {
        const values = JSON.parse(encodeRequestRow(row)) as unknown[];
        const index = requestColumns.findIndex(({ name }) => name === 'credential_id');
        expect(values[index]).toBe(Buffer.from(row.credential_id).toString());
      }),
    );
  });

  it('writes times as ClickHouse reads them', () => {
    const [row] = fc.sample(anyRow(), 1);
    const line = JSON.parse(encodeRequestRow({ ...row!, ts: 1_700_000_000_007 })) as unknown[];
    expect(line[0]).toBe('1700000000.007');
  });
});
