import { buildActEvent, buildDenialEvent } from '@sallyport/events';
import { describe, expect, it } from 'vitest';
import { formatAge, formatInstant, formatMicroseconds } from './format-time.js';
import { paintFor } from './paint.js';
import { printable, printableLine } from './printable.js';
import { renderEvent } from './render-event.js';
import { renderTable } from './render-table.js';

const plain = (_: unknown, text: string) => text;

describe('what others have sent', () => {
  it('cannot steer a terminal', () => {
    expect(printable('a\u001b[2Jb\u009b1mc\rd\u0000\te\nü→')).toBe('a\ufffd[2Jb\ufffd1mc\ufffdd\ufffd\te\nü→');
    expect(printableLine('a\nb\t\tc')).toBe('a b c');
  });
});

describe('colours', () => {
  it('are for terminals, unless NO_COLOR is set', () => {
    const red = (isTTY: boolean, env: NodeJS.ProcessEnv) => paintFor({ isTTY }, env)('red', 'x');
    expect(red(true, {})).not.toBe('x');
    expect([red(false, {}), red(true, { NO_COLOR: '1' }), red(true, { TERM: 'dumb' })]).toEqual(['x', 'x', 'x']);
    expect(red(true, { NO_COLOR: '' })).not.toBe('x');
  });
});

describe('a table', () => {
  it('has columns as wide as what is in them, and one line a row', () => {
    expect(renderTable(['A', 'LONG'], [['wide cell', 'x\ny'], ['', 'z']], plain)).toBe('A          LONG\nwide cell  x y\n           z');
  });
});

describe('times', () => {
  it('are short and say their unit', () => {
    expect(formatInstant(1_764_000_000_123)).toBe('2025-11-24T16:00:00Z');
    expect([0, 999, 61_000, 3_600_000, 90_061_000, -5].map(formatAge)).toEqual(['0s', '1s', '1m 1s', '1h', '1d 1h', '0s']);
    expect([0, 350, 12_440, 1_200_000].map(formatMicroseconds)).toEqual(['0.00 ms', '0.35 ms', '12.4 ms', '1.20 s']);
  });
});

describe('an event on a line', () => {
  it('says when, how bad, what, about whom and why', () => {
    const event = buildDenialEvent({
      stage: 'auth', instance: 'i', mode: 'shadow', reason: 'scope_missing', detail: 'orders:write\u001b', route: 'orders', requestId: '01900000-0000-7000-8000-00000000000a',
      traceparent: '', revision: 1, timeMs: 0, method: 'GET', host: '', path: '/', clientIp: '192.0.2.1', consumer: 'acme', credentialKind: 'jwt', credentialId: 'x',
    });
    expect(renderEvent(event, plain)).toBe(
      '1970-01-01T00:00:00.000Z Medium        auth.scope_missing route=orders mode=shadow consumer=acme ip=192.0.2.1 request=01900000-0000-7000-8000-00000000000a orders:write\ufffd',
    );
  });

  it('names who did it', () => {
    const act = buildActEvent({ stage: 'control', instance: 'i', act: 'key_revoked', activity: 'delete', actor: 'admin', timeMs: 0, severity: 'informational', message: 'Gone.', facts: {} });
    expect(renderEvent(act, plain)).toBe('1970-01-01T00:00:00.000Z Informational control.key_revoked by=admin Gone.');
  });
});
