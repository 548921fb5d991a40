import { parseAddress } from './ip-address.js';

interface Network {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** A set of networks. IPv4 and IPv6 are apart; IPv4-mapped IPv6 counts as IPv4. */
export interface CidrSet {
  readonly isEmpty: boolean;
  /** Takes 4 or 16 bytes, as `parseAddress` gives them. */
  has(address: Uint8Array): boolean;
}

/** `10.0.0.0/8`, `2001:db8::/32`, or a single address. Throws for what is none, and for bits set behind the prefix. */
export function compileCidrs(texts: readonly string[]): CidrSet {
  const networks = texts.map(parseCidr);
  return {
    isEmpty: networks.length === 0,
    has: (address) => networks.some((network) => contains(network, address)),
  };
}

function parseCidr(text: string): Network {
  const slash = text.indexOf('/');
  const bytes = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (bytes === undefined) throw new RangeError(`${JSON.stringify(text)} is not an address or network, such as 10.0.0.0/8`);
  const most = bytes.length * 8;
  const prefix = slash < 0 ? String(most) : text.slice(slash + 1);
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (bits < 0 || bits > most) throw new RangeError(`${JSON.stringify(text)}: the prefix must be a number from 0 to ${most}`);
  if (!isZeroBehind(bytes, bits)) throw new RangeError(`${JSON.stringify(text)} has bits set behind its prefix`);
  return { bytes, bits };
}

function isZeroBehind(bytes: Uint8Array, bits: number): boolean {
  for (let bit = bits; bit < bytes.length * 8; bit++) {
    if ((bytes[bit >>> 3]! & (0x80 >>> (bit & 7))) !== 0) return false;
  }
  return true;
}

function contains(network: Network, address: Uint8Array): boolean {
  const { bytes, bits } = network;
  if (bytes.length !== address.length) return false;
  const whole = bits >>> 3;
  for (let i = 0; i < whole; i++) if (bytes[i] !== address[i]) return false;
  const rest = bits & 7;
  return rest === 0 || ((bytes[whole]! ^ address[whole]!) >>> (8 - rest)) === 0;
}
