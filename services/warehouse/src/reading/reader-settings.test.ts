import { describe, expect, it } from 'vitest';
import { admitReaderSettings, chooseReaderLimits } from './reader-settings.js';

const limits = chooseReaderLimits(1_000_000_000, 4);

describe('admitReaderSettings', () => {
  it('passes what shapes a result and drops what concerns the transport', () => {
    const settings = [
      ['output_format_json_quote_64bit_integers', '1'],
      ['wait_for_async_insert', '1'],
      ['send_progress_in_http_headers', '1'],
      ['readonly', '2'],
    ] as const;
    expect(() => admitReaderSettings(settings, limits)).toThrow(/wait_for_async_insert/);
    expect(admitReaderSettings([settings[0], settings[2], settings[3]], limits)).toEqual([settings[0]]);
  });

  it.each(['readonly', 'dialect', 'output_format_schema', 'format_schema', 'format_template_row', 'allow_ddl', 'workload', 'constructor', '__proto__'])(
    'refuses %s',
    (name) => {
      expect(() => admitReaderSettings([[name, '0']], limits)).toThrow(expect.objectContaining({ code: 164 }));
    },
  );

  it('lets limits be tightened, never loosened or lifted', () => {
    expect(admitReaderSettings([['max_execution_time', '0.5']], limits)).toEqual([['max_execution_time', '0.5']]);
    for (const value of ['0', '-1', '31', '1e3', 'Infinity', '', ' 5', '0x10', '99999999999999999999']) {
      expect(() => admitReaderSettings([['max_execution_time', value]], limits)).toThrow(expect.objectContaining({ code: 452 }));
    }
  });
});
