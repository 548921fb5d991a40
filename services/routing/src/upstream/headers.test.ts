import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildUpstreamHeaders, type RequestFacts } from './build-upstream-headers.js';
import { filterResponseHeaders } from './filter-response-headers.js';
import { hopByHop, provenanceNames, revealingNames } from './header-names.js';
import { readRawHeaders } from './read-raw-headers.js';

const facts: RequestFacts = {
  requestId: '0190c4f0-6a7e-7aaa-bbbb-1234567890ab',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  consumerId: 'acme',
  scopes: ['orders:read', 'orders:write'],
  clientIp: '203.0.113.9',
  tls: true,
  host: 'api.example.com:8443',
  viaTrustedProxy: false,
};
const own = [
  ['x-request-id', facts.requestId],
  ['traceparent', facts.traceparent],
  ['x-consumer-id', 'acme'],
  ['x-consumer-scopes', 'orders:read orders:write'],
  ['x-forwarded-for', '203.0.113.9'],
  ['x-forwarded-proto', 'https'],
  ['x-forwarded-host', 'api.example.com:8443'],
];

function pairs(flat: readonly string[]): string[][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => flat.slice(2 * i, 2 * i + 2));
}

/** What of a client's fields reaches the upstream. */
function passed(client: string[], more: Partial<RequestFacts> = {}, withheld: string[] = []): string[][] {
  const built = pairs(buildUpstreamHeaders(client, { ...facts, ...more }, new Set(withheld)));
  return built.filter(([name, value]) => !own.some((field) => field[0] === name && field[1] === value));
}

describe('buildUpstreamHeaders', () => {
  it('tells the upstream who asks, and leaves Host and the framing to the sender', () => {
    const built = pairs(buildUpstreamHeaders(['host', 'api.example.com', 'content-length', '5', 'accept', '*/*'], facts));
    expect(built).toEqual(expect.arrayContaining([...own, ['accept', '*/*']]));
    expect(built).toHaveLength(own.length + 1);
  });

  it('says nothing of a consumer that there is not, whatever the client says', () => {
    const built = buildUpstreamHeaders(['x-consumer-id', 'root', 'x-consumer-scopes', 'all'], { ...facts, consumerId: undefined });
    expect(built.filter((text) => text.startsWith('x-consumer'))).toEqual([]);
  });

  it.each(['x-request-id', 'traceparent', 'x-consumer-id', 'x-consumer-scopes', 'x_consumer_id', 'x-consumer_scopes', 'X_Request_Id'.toLowerCase()])(
    'drops %s of a client',
    (name) => expect(passed([name, 'forged'])).toEqual([]),
  );

  it.each([...hopByHop, 'proxy-authorization', 'proxy-connection', 'transfer_encoding'])('drops the hop-by-hop field %s', (name) =>
    expect(passed([name, 'x'])).toEqual([]),
  );

  it('drops the fields that Connection names, and none of its own', () => {
    const client = ['connection', 'close, X-Hop , x-consumer-id', 'x-hop', '1', 'accept', '*/*', 'connection', 'x-other', 'x-other', '2'];
    expect(passed(client)).toEqual([['accept', '*/*']]);
    expect(pairs(buildUpstreamHeaders(client, facts))).toEqual(expect.arrayContaining(own));
  });

  it('drops the withheld credentials, with _ for - too', () => {
    const client = ['authorization', 'Bearer x', 'x-api-key', 'k', 'x_api_key', 'k', 'cookie', 'a=1'];
    expect(passed(client, {}, ['authorization', 'x-api-key'])).toEqual([['cookie', 'a=1']]);
    expect(passed(client)).toHaveLength(4);
  });

  it.each(['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'x_forwarded_for', ...provenanceNames])(
    'believes %s only from a trusted proxy',
    (name) => {
      expect(passed([name, 'claimed'])).toEqual([]);
      const trusted = passed([name, 'claimed'], { viaTrustedProxy: true });
      expect(trusted).toEqual(name.includes('_') ? [] : [[name, 'claimed']]);
    },
  );

  it('does not repeat what a trusted proxy said already', () => {
    const built = pairs(buildUpstreamHeaders(['x-forwarded-for', '198.51.100.1', 'x-forwarded-proto', 'http'], { ...facts, viaTrustedProxy: true }));
    expect(built.filter(([name]) => name?.startsWith('x-forwarded'))).toEqual([
      ['x-forwarded-for', '198.51.100.1'],
      ['x-forwarded-proto', 'http'],
      ['x-forwarded-host', 'api.example.com:8443'],
    ]);
  });

  it('passes everything else in order, repeated fields too', () => {
    const client = ['tracestate', 'a=1', 'cookie', 'a=1', 'cookie', 'b=2', 'x-under_score', 'v', 'accept', '*/*'];
    expect(passed(client).flat()).toEqual(client);
  });

  it('never lets a value of the policy break out of its field', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.string({ unit: 'binary' })), (consumerId, scopes) => {
        const built = buildUpstreamHeaders([], { ...facts, consumerId, scopes });
        for (const text of built) expect(text).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
      }),
    );
  });
});

describe('filterResponseHeaders', () => {
  it.each([...hopByHop, ...revealingNames, 'proxy-authenticate', 'x-request-id'])('drops %s', (name) =>
    expect(filterResponseHeaders([name, 'x'])).toEqual([]),
  );

  it('drops what Connection names and keeps the rest in order', () => {
    const upstream = ['connection', 'X-Hop', 'x-hop', '1', 'set-cookie', 'a=1', 'set-cookie', 'b=2', 'content-type', 'text/plain'];
    expect(filterResponseHeaders(upstream)).toEqual(upstream.slice(4));
  });

  it('drops a value that would break out of its field', () => {
    expect(filterResponseHeaders(['x', 'a\r\nb: c', 'y', 'a\0', 'z', 'fine'])).toEqual(['z', 'fine']);
  });
});

describe('readRawHeaders', () => {
  const field = fc.tuple(fc.stringMatching(/^[A-Za-z-]{1,20}$/), fc.stringMatching(/^[ -~\x80-\xff]{0,30}$/));

  it('reads the same from one chunk as field by field', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 20 }), fc.nat(40), (fields, offset) => {
        const texts = fields.flat();
        const chunk = Buffer.from(' '.repeat(offset) + texts.join('\r\n'), 'latin1');
        let at = offset;
        const raw = texts.map((text) => chunk.subarray(at, (at += text.length + 2) - 2));
        const expected = texts.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text));
        expect(readRawHeaders(raw, chunk)).toEqual(expected);
        expect(readRawHeaders(raw)).toEqual(expected);
        expect(readRawHeaders(raw, Buffer.from('another chunk'))).toEqual(expected);
      }),
    );
  });
});
