import type { CidrSet } from './cidr.js';
import { formatAddress, parseAddress } from './ip-address.js';

const withPort = /^(?:\[([^\]]*)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/;

/**
 * The address of the client: the rightmost one in X-Forwarded-For that no trusted proxy has, if the peer is a trusted
 * proxy itself; else the peer's. Entries to the left of it are what the client claims. An entry that is no address ends
 * the search at the proxy that passed it on; if all are trusted, the leftmost is taken. Pure; text as in RFC 5952.
 */
export function clientAddress(peer: string, forwardedFor: readonly string[], trusted: CidrSet): string {
  if (trusted.isEmpty || forwardedFor.length === 0) return peer;
  const peerBytes = parseAddress(peer);
  if (peerBytes === undefined || !trusted.has(peerBytes)) return peer;
  let client = peer;
  const entries = forwardedFor.join(',').split(',');
  for (let i = entries.length - 1; i >= 0; i--) {
    const bytes = parseEntry(entries[i]!.trim());
    if (bytes === undefined) return client;
    client = formatAddress(bytes);
    if (!trusted.has(bytes)) return client;
  }
  return client;
}

function parseEntry(entry: string): Uint8Array | undefined {
  const match = withPort.exec(entry);
  return parseAddress(match?.[1] ?? match?.[2] ?? entry);
}
