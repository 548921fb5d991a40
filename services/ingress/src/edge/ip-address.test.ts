import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from './ip-address.js';

const textOf = (bytes: readonly number[]): string => formatAddress(Uint8Array.from(bytes));

it('writes IPv4, IPv4-mapped IPv6 and IPv6 as RFC 5952 says', () => {
  expect(textOf([127, 0, 0, 1])).toBe('127.0.0.1');
  expect(textOf([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 203, 0, 113, 9])).toBe('203.0.113.9');
  expect(textOf([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])).toBe('::1');
  expect(textOf(Array.from({ length: 16 }, () => 0))).toBe('::');
  expect(textOf([0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1])).toBe('2001:db8:0:1::1');
  expect(textOf([0x20, 1, 0xd, 0xb8, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1])).toBe('2001:db8:1:1:1:1:0:1');
  expect(textOf([])).toBe('');
});

describe('parsing', () => {
  it.each(['', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.256', '1.2.3.', '.1.2.3', '1..2.3', ' 1.2.3.4', '1.2.3.4:80', 'fe80::1%eth0', 'localhost', '::1::', '1234', '[::1]', '0x7f.0.0.1'])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('takes an IPv4-mapped address for IPv4', () => {
    expect(parseAddress('::ffff:10.0.0.1')).toEqual(Uint8Array.of(10, 0, 0, 1));
    expect(parseAddress('::FFFF:a00:1')).toEqual(Uint8Array.of(10, 0, 0, 1));
  });

  it('gives back the bytes that were formatted', () => {
    const bytes = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.uint8Array({ minLength: 16, maxLength: 16, max: 1 }));
    fc.assert(
      fc.property(bytes, (address) => {
        const text = formatAddress(address);
        expect(isIP(text)).not.toBe(0);
        expect(formatAddress(parseAddress(text)!)).toBe(text);
      }),
    );
  });
});
