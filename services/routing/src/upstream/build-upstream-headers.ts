import { hopByHop, ownRequestNames, provenanceNames, readConnectionOptions } from './header-names.js';

/** What the gateway knows about a request and tells the upstream. */
export interface RequestFacts {
  readonly requestId: string;
  /** W3C Trace Context, of the span that the upstream's spans hang under. */
  readonly traceparent: string;
  /** Undefined for a caller without a consumer. */
  readonly consumerId: string | undefined;
  readonly scopes: readonly string[];
  readonly clientIp: string;
  readonly tls: boolean;
  /** As the client named it, with port. */
  readonly host: string;
  /** The peer is a trusted proxy: what it says of the client stays, and `clientIp` is not repeated behind it. */
  readonly viaTrustedProxy: boolean;
}

const forwardedFor = 'x-forwarded-for';
const forwardedProto = 'x-forwarded-proto';
const forwardedHost = 'x-forwarded-host';
const nothing: ReadonlySet<string> = new Set();

/**
 * The fields of the request to the upstream (flat: name, value, …) from the client's, whose names are in lower case. Drops
 * what is hop-by-hop, what only the gateway may say, and the credentials in `withheld`; also where a name is spelt with `_`,
 * which CGI-like upstreams cannot tell from `-`. Leaves `host` and the framing to the sender: `Host` becomes the target's.
 */
export function buildUpstreamHeaders(
  client: readonly string[],
  facts: RequestFacts,
  withheld: ReadonlySet<string> = nothing,
): string[] {
  const headers: string[] = ['x-request-id', facts.requestId, 'traceparent', facts.traceparent];
  if (facts.consumerId !== undefined) {
    headers.push('x-consumer-id', toFieldValue(facts.consumerId));
    if (facts.scopes.length > 0) headers.push('x-consumer-scopes', toFieldValue(facts.scopes.join(' ')));
  }
  const options = readConnectionOptions(client);
  const trusted = facts.viaTrustedProxy;
  let named = 0;
  for (let i = 0; i < client.length; i += 2) {
    const name = client[i]!;
    if (name === 'host' || options?.has(name)) continue;
    const spelt = name.includes('_') ? name.replaceAll('_', '-') : name;
    if (hopByHop.has(spelt) || ownRequestNames.has(spelt) || withheld.has(spelt) || withheld.has(name)) continue;
    if (spelt.startsWith('proxy-')) continue;
    if (spelt.startsWith('x-forwarded-') || provenanceNames.has(spelt)) {
      if (!trusted || spelt !== name) continue;
      named |= name === forwardedFor ? 1 : name === forwardedProto ? 2 : name === forwardedHost ? 4 : 0;
    }
    headers.push(name, client[i + 1]!);
  }
  if ((named & 1) === 0) headers.push(forwardedFor, facts.clientIp);
  if ((named & 2) === 0) headers.push(forwardedProto, facts.tls ? 'https' : 'http');
  if ((named & 4) === 0 && facts.host !== '') headers.push(forwardedHost, facts.host);
  return headers;
}

/** Any text as a field value: UTF-8, one character a byte, without control characters. */
function toFieldValue(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return Buffer.from(text.replace(/\p{Cc}/gu, ''), 'utf8').toString('latin1');
}
