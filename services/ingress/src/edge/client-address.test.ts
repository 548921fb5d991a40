import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCidrs } from './cidr.js';
import { clientAddress } from './client-address.js';
import { parseAddress } from './ip-address.js';

const trusted = compileCidrs(['10.0.0.0/8', '2001:db8::/32']);

describe('the client address', () => {
  it('is the peer where nobody is trusted, or the peer is not, whatever it claims', () => {
    expect(clientAddress('10.0.0.1', ['203.0.113.9'], compileCidrs([]))).toBe('10.0.0.1');
    expect(clientAddress('203.0.113.1', ['203.0.113.9'], trusted)).toBe('203.0.113.1');
    expect(clientAddress('10.0.0.1', [], trusted)).toBe('10.0.0.1');
  });

  it('is the rightmost address that is not a trusted proxy', () => {
    expect(clientAddress('10.0.0.1', ['203.0.113.9'], trusted)).toBe('203.0.113.9');
    expect(clientAddress('10.0.0.1', ['6.6.6.6, 203.0.113.9, 10.9.9.9'], trusted)).toBe('203.0.113.9');
    expect(clientAddress('10.0.0.1', ['6.6.6.6, 203.0.113.9', '10.9.9.9', '10.8.8.8'], trusted)).toBe('203.0.113.9');
    expect(clientAddress('2001:db8::1', ['::ffff:203.0.113.9'], trusted)).toBe('203.0.113.9');
    expect(clientAddress('10.0.0.1', ['[2001:4860::8888]:443, 10.0.0.7:1234'], trusted)).toBe('2001:4860::8888');
  });

  it('is the leftmost where all are trusted', () => {
    expect(clientAddress('10.0.0.1', ['10.0.0.2, 10.0.0.3'], trusted)).toBe('10.0.0.2');
  });

  it('is the proxy that passed on what is no address', () => {
    expect(clientAddress('10.0.0.1', ['203.0.113.9, unknown'], trusted)).toBe('10.0.0.1');
    expect(clientAddress('10.0.0.1', ['203.0.113.9, _hidden, 10.0.0.2'], trusted)).toBe('10.0.0.2');
    expect(clientAddress('10.0.0.1', [''], trusted)).toBe('10.0.0.1');
  });

  it('never depends on what stands left of it', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())), (claims) => {
        expect(clientAddress('10.0.0.1', [[...claims, '203.0.113.9', '10.2.2.2'].join(', ')], trusted)).toBe('203.0.113.9');
      }),
    );
  });
});

describe('a set of networks', () => {
  it.each(['10.0.0.0/33', '10.0.0.1/8', '::/129', 'example.com', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/08x', ''])('refuses %j', (text) => {
    expect(() => compileCidrs([text])).toThrow(RangeError);
  });

  it('holds what node:net would say it holds', () => {
    const v4 = fc.tuple(fc.ipV4(), fc.nat(32));
    const v6 = fc.tuple(fc.ipV6(), fc.nat(128));
    fc.assert(
      fc.property(fc.oneof(v4, v6), fc.oneof(fc.ipV4(), fc.ipV6()), ([base, bits], address) => {
        const bytes = parseAddress(base);
        const asked = parseAddress(address);
        if (bytes === undefined || asked === undefined || bytes.length !== asked.length || base.includes('.') !== address.includes('.')) return;
        const network = clearBehind(bytes, Math.min(bits, bytes.length * 8));
        const family = bytes.length === 4 ? 'ipv4' : 'ipv6';
        const list = new BlockList();
        list.addSubnet(network.text, network.bits, family);
        expect(compileCidrs([`${network.text}/${network.bits}`]).has(asked)).toBe(list.check(address, family));
      }),
    );
  });
});

function clearBehind(bytes: Uint8Array, bits: number): { text: string; bits: number } {
  const kept = bytes.map((byte, i) => (i * 8 >= bits ? 0 : i * 8 + 8 <= bits ? byte : byte & (0xff << (8 - (bits - i * 8)))));
  if (kept.length === 4) return { text: kept.join('.'), bits };
  const groups = Array.from({ length: 8 }, (_, i) => ((kept[2 * i]! << 8) | kept[2 * i + 1]!).toString(16));
  return { text: groups.join(':'), bits };
}
