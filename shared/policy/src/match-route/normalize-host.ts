/**
 * The name in a Host field (RFC 9110 §7.2): lower-case, without port and without the root's trailing dot. Names that are
 * in that form already are returned as they are.
 */
export function normalizeHost(host: string): string {
  const end = host.charCodeAt(0) === 0x5b ? host.indexOf(']') + 1 || host.length : portStart(host);
  let lower = end === host.length ? host : host.slice(0, end);
  for (let i = 0; i < lower.length; i++) {
    const code = lower.charCodeAt(i);
    if (code >= 0x41 && code <= 0x5a) {
      lower = lower.toLowerCase();
      break;
    }
  }
  return lower.charCodeAt(lower.length - 1) === 0x2e ? lower.slice(0, -1) : lower;
}

function portStart(host: string): number {
  const colon = host.indexOf(':');
  return colon === -1 ? host.length : colon;
}
