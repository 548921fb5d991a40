import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseReaders, readEnvironment } from './read-environment.js';

describe('readEnvironment', () => {
  it('has defaults for one machine', () => {
    expect(readEnvironment({})).toEqual({ dir: join('.sallyport', 'warehouse'), host: '127.0.0.1', port: 8123, recorderPassword: undefined, readers: 3 });
  });

  it.each(['-1', '65536', 'x', '80 '])('refuses the port %j', (port) => {
    expect(() => readEnvironment({ CLICKHOUSE_PORT: port })).toThrow(/CLICKHOUSE_PORT/);
  });

  it('leaves a thread of the pool to the writer', () => {
    expect([1, 2, 4, 16, 0, Number.NaN].map(chooseReaders)).toEqual([1, 1, 3, 8, 3, 3]);
  });
});
