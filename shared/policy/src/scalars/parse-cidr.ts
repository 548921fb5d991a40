import { isIP } from 'node:net';

/** `10.0.0.0/8`, `fd00::/8`, or one address, which becomes a block of its own; null for anything else. */
export function parseCidr(text: string): string | null {
  const [address = '', prefix, ...rest] = text.toLowerCase().split('/');
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 0 || rest.length > 0) return null;
  const maxBits = version === 4 ? 32 : 128;
  if (prefix === undefined) return `${address}/${maxBits}`;
  return /^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= maxBits ? `${address}/${prefix}` : null;
}
