import type { PolicyDocument } from '../document.js';
import { normalizeHost } from './normalize-host.js';
import { parsePathPattern } from './parse-path-pattern.js';
import { RouteTrie, type RouteTarget, type Walk } from './route-trie.js';

export type RouteMatch =
  | {
      readonly kind: 'matched';
      /** Into `PolicyDocument.routes`. */
      readonly routeIndex: number;
      /** The path of the route that matched: `/orders/:id`. */
      readonly template: string;
      /** Percent-decoded captures by name; the rest is called `*`. */
      readonly params: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'method_not_allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'unmatched' };

export interface RouteMatcher {
  /**
   * The most specific route: exact host over the longest `*.` over any; then per segment static over `:name` over `*`; then a
   * listed method over any. `path` as `normalizePath` gives it, `host` as it was sent.
   */
  match(host: string, method: string, path: string): RouteMatch;
}

const UNMATCHED: RouteMatch = { kind: 'unmatched' };
/** RFC 1035 §2.3.4; looking up the endings of anything much longer would take its square. */
const MAX_HOST_CHARS = 253;
const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/** Compiles the routes of a checked document; throws where it does not keep to what `checkPolicyFile` guarantees. */
export function compileRoutes(document: Pick<PolicyDocument, 'routes'>): RouteMatcher {
  const tries = buildTries(document.routes);
  const anyHost = tries.get('') ?? new RouteTrie();
  const chains = new Map([...tries.keys()].filter(Boolean).map((host) => [host, chainFor(host, tries, anyHost)]));
  const anyChain = [anyHost];
  const walk: Walk = { captures: [], allow: null };

  return {
    match(host, method, path) {
      const chain = chains.size === 0 ? anyChain : (findChain(normalizeHost(host), chains) ?? anyChain);
      walk.captures.length = 0;
      walk.allow = null;
      for (const trie of chain) {
        const target = trie.find(method, path, walk);
        if (target !== null) return matched(target, walk.captures);
      }
      return walk.allow === null ? UNMATCHED : { kind: 'method_not_allowed', allow: [...walk.allow].toSorted() };
    },
  };
}

/** One trie a host: `api.example.com`, `.example.com` for `*.example.com`, and the empty string for any. */
function buildTries(routes: PolicyDocument['routes']): Map<string, RouteTrie> {
  const tries = new Map<string, RouteTrie>();
  for (const [routeIndex, route] of routes.entries()) {
    for (const template of route.match.paths) {
      const pattern = parsePathPattern(template);
      if (typeof pattern === 'string') throw new Error(`route "${route.id}": path "${template}" ${pattern}`);
      for (const host of route.match.hosts ?? ['']) {
        const key = host.startsWith('*.') ? host.slice(1) : host;
        const trie = tries.get(key) ?? new RouteTrie();
        tries.set(key, trie);
        trie.add(pattern, route.match.methods, { routeIndex, template, names: pattern.names });
      }
    }
  }
  return tries;
}

/** The tries to search for a host, most specific first. */
function chainFor(host: string, tries: ReadonlyMap<string, RouteTrie>, anyHost: RouteTrie): RouteTrie[] {
  const chain: RouteTrie[] = [];
  for (let from = 0; from !== -1; from = host.indexOf('.', from + 1)) {
    const trie = tries.get(host.slice(from));
    if (trie !== undefined) chain.push(trie);
  }
  return [...chain, anyHost];
}

function findChain(host: string, chains: ReadonlyMap<string, RouteTrie[]>): RouteTrie[] | undefined {
  if (host.charCodeAt(0) === 0x2e || host.length > MAX_HOST_CHARS) return undefined;
  const exact = chains.get(host);
  if (exact !== undefined) return exact;
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    const chain = chains.get(host.slice(dot));
    if (chain !== undefined) return chain;
  }
  return undefined;
}

function matched(target: RouteTarget, captures: readonly string[]): RouteMatch {
  const { routeIndex, template, names } = target;
  if (names.length === 0) return { kind: 'matched', routeIndex, template, params: NO_PARAMS };
  const params: Record<string, string> = {};
  for (let i = 0; i < names.length; i++) {
    const value = captures[i]!;
    params[names[i]!] = value.includes('%') ? decodeURIComponent(value) : value;
  }
  return { kind: 'matched', routeIndex, template, params };
}
