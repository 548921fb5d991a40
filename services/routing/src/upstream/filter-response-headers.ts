import { hopByHop, readConnectionOptions, revealingNames } from './header-names.js';

/**
 * The fields of the upstream's answer (flat, names in lower case) that a client may see: without what is hop-by-hop, the
 * framing (`content-length` travels beside the fields), what reveals how the upstream is built, and the upstream's
 * `x-request-id`, in whose place the ingress puts its own. A value with CR, LF or NUL is dropped with its name.
 */
export function filterResponseHeaders(upstream: readonly string[]): string[] {
  const options = readConnectionOptions(upstream);
  const headers: string[] = [];
  for (let i = 0; i < upstream.length; i += 2) {
    const name = upstream[i]!;
    if (hopByHop.has(name) || revealingNames.has(name) || name === 'x-request-id') continue;
    if (name.startsWith('proxy-') || options?.has(name)) continue;
    const value = upstream[i + 1]!;
    if (/[\r\n\0]/.test(value)) continue;
    headers.push(name, value);
  }
  return headers;
}
