import { isIPv6 } from 'node:net';

/** A name, an address (IPv6 in brackets) or `*.` and a name, in lower case and without port; null for anything else. */
export function parseHostPattern(text: string): string | null {
  const lower = text.toLowerCase();
  if (/^\[.*\]$/.test(lower)) return isIPv6(lower.slice(1, -1)) ? lower : null;
  const name = lower.startsWith('*.') ? lower.slice(2) : lower;
  return name.length <= 253 && /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/.test(name) ? lower : null;
}
