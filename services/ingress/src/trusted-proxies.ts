import { BlockList, isIP } from 'node:net';

/** The proxies in front of the gateway whose word about the client counts. */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly #empty: boolean;
  readonly #known = new Map<string, boolean>();

  /** CIDR blocks or single addresses, as the policy has them. */
  constructor(blocks: readonly string[]) {
    this.#empty = blocks.length === 0;
    for (const block of blocks) {
      const [network = '', prefix] = block.split('/');
      const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
      this.#list.addSubnet(network, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
    }
  }

  covers(address: string): boolean {
    if (this.#empty) return false;
    let covered = this.#known.get(address);
    if (covered === undefined) {
      const family = isIP(address);
      covered = family !== 0 && this.#list.check(address, family === 6 ? 'ipv6' : 'ipv4');
      if (this.#known.size >= maxKnown) this.#known.clear();
      this.#known.set(address, covered);
    }
    return covered;
  }

  /**
   * The client of a request that `peer` has brought: the last address in `X-Forwarded-For` that is not itself a trusted
   * proxy. What stands before it, or before anything that is no address, is only claimed.
   */
  clientOf(peer: string, forwardedFor: readonly string[]): string {
    let client = peer;
    const hops = forwardedFor.join(',').split(',');
    for (let i = hops.length - 1; i >= 0 && this.covers(client); i--) {
      const hop = bareAddress(hops[i]!.trim());
      if (isIP(hop) === 0) break;
      client = hop;
    }
    return client;
  }
}

const maxKnown = 10_000;

/** Without port, brackets and the prefix of an IPv4 address in IPv6 form. */
function bareAddress(text: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1];
  const address = bracketed ?? (/^\d+\.\d+\.\d+\.\d+:\d+$/.test(text) ? text.slice(0, text.indexOf(':')) : text);
  return address.toLowerCase().startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
