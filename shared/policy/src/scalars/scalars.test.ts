import { describe, expect, test } from 'vitest';
import { parseCidr } from './parse-cidr.js';
import { parseDuration } from './parse-duration.js';
import { parseHostPattern } from './parse-host-pattern.js';
import { parseInstant } from './parse-instant.js';
import { isSecureUrl, parseOrigin } from './parse-origin.js';
import { parseQuota, parseRate } from './parse-rate.js';
import { parseSize } from './parse-size.js';

describe('durations are in milliseconds', () => {
  test.each([['500ms', 500], ['5s', 5000], ['10m', 600_000], ['1h', 3_600_000], ['30d', 2_592_000_000]])('%s', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });
  test.each(['', '5', 's', '0s', '05s', '-5s', '1.5s', '5 s', '5S', '5s ', '1h30m', '999999999999999d', '5w'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

describe('sizes are in bytes', () => {
  test.each([['0B', 0], ['512B', 512], ['16KiB', 16_384], ['1MiB', 1_048_576], ['2GiB', 2_147_483_648]])('%s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });
  test.each(['', '1', '1MB', '1mib', '1.5MiB', '-1B', '01B', '1 MiB', '999999999999999TiB'])('%j is none', (text) => {
    expect(parseSize(text)).toBeNull();
  });
});

describe('rates and quotas', () => {
  test.each([
    ['50/s', 50, 1000], ['5/second', 5, 1000], ['300/m', 300, 60_000], ['10/30s', 10, 30_000], ['7/2hour', 7, 7_200_000], ['1/d', 1, 86_400_000],
  ])('%s is a rate', (text, permits, periodMs) => {
    expect(parseRate(text)).toEqual({ permits, periodMs });
  });
  test.each(['', '50', '0/s', '5/0s', '5/ms', '5/week', '1.5/s', '5 / s', '10..100/s', '10000000000/s'])('%j is no rate', (text) => {
    expect(parseRate(text)).toBeNull();
  });
  test.each([['100000/day', 100_000, 'day'], ['2/month', 2, 'month'], ['1/week', 1, 'week']])('%s is a quota', (text, amount, period) => {
    expect(parseQuota(text)).toEqual({ amount, period });
  });
  test.each(['', '5', '5/d', '5/2day', '0/day', '99999999999999999/day', '5/year'])('%j is no quota', (text) => {
    expect(parseQuota(text)).toBeNull();
  });
});

describe('instants are days or RFC 3339', () => {
  test.each([['2027-01-01', 1_798_761_600_000], ['2027-01-01T01:00:00+01:00', 1_798_761_600_000], ['1970-01-01t00:00:00.5z', 500]])('%s', (text, ms) => {
    expect(parseInstant(text)).toBe(ms);
  });
  test.each(['', '2027', '2027-1-1', '2027-02-30', '2027-13-01', '2027-01-01T00:00:00', '2027-01-01 00:00:00Z', '30d'])('%j is none', (text) => {
    expect(parseInstant(text)).toBeNull();
  });
});

describe('address blocks', () => {
  test.each([['10.0.0.0/8', '10.0.0.0/8'], ['127.0.0.1', '127.0.0.1/32'], ['FD00::/8', 'fd00::/8'], ['::1', '::1/128'], ['0.0.0.0/0', '0.0.0.0/0']])('%s', (text, block) => {
    expect(parseCidr(text)).toBe(block);
  });
  test.each(['', '10.0.0.0/33', '10.0.0/8', '::1/129', '10.0.0.0/', '10.0.0.0/08', '10.0.0.0/8/8', 'example.com', 'fe80::1%eth0'])('%j is none', (text) => {
    expect(parseCidr(text)).toBeNull();
  });
});

describe('hosts of routes', () => {
  test.each([['API.example.com', 'api.example.com'], ['*.example.com', '*.example.com'], ['[::1]', '[::1]'], ['127.0.0.1', '127.0.0.1'], ['my_svc', 'my_svc']])('%s', (text, host) => {
    expect(parseHostPattern(text)).toBe(host);
  });
  test.each(['', '*', '*.', 'a.*.b', 'a..b', 'a.b.', 'a.b:80', '::1', '[::g]', 'a b', 'é.example', 'http://a'])('%j is none', (text) => {
    expect(parseHostPattern(text)).toBeNull();
  });
});

test('plain http is good enough on loopback only', () => {
  const good = ['https://idp.example.com', 'https://idp.example.com/realms/a', 'http://127.0.0.1:9000', 'http://localhost/x', 'http://[::1]:1'];
  const bad = ['http://idp.example.com', 'http://127.evil.com', 'http://localhost.evil.com', 'ftp://127.0.0.1', 'https://u:p@a', 'https://a/#x', 'a', ''];
  expect(good.filter((url) => !isSecureUrl(url))).toEqual([]);
  expect(bad.filter(isSecureUrl)).toEqual([]);
});

test('a target is an origin and nothing else', () => {
  expect(['http://127.0.0.1:7001', 'https://A.example/', 'http://a:80'].map(parseOrigin)).toEqual(['http://127.0.0.1:7001', 'https://a.example', 'http://a']);
  expect(['http://a/x', 'http://a?x', 'http://a#', 'http://u@a', 'ws://a', 'a:80', '', '//a'].map(parseOrigin)).toEqual(Array(8).fill(null));
});
