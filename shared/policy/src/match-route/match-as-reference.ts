import type { RoutePolicy } from '../document.js';
import type { RouteMatch } from './compile-routes.js';

interface Candidate {
  readonly routeIndex: number;
  readonly template: string;
  readonly params: Record<string, string>;
  /** Compared element by element: the smaller is the more specific. */
  readonly rank: readonly number[];
  readonly methodRank: number | null;
}

/** The rules of matching, written down as plainly as possible, for tests to compare the compiled matcher with. */
export function matchAsReference(routes: readonly Pick<RoutePolicy, 'match'>[], host: string, method: string, path: string): RouteMatch {
  const candidates = routes.flatMap(({ match }, routeIndex) =>
    (match.hosts ?? ['']).flatMap((pattern) =>
      match.paths.flatMap((template): Candidate[] => {
        const hostRank = rankHost(pattern, host);
        const found = matchTemplate(template, path);
        if (hostRank === null || found === null) return [];
        const methodRank = match.methods === null ? 1 : match.methods.includes(method) ? 0 : null;
        return [{ routeIndex, template, params: found.params, rank: [hostRank, ...found.rank], methodRank }];
      }),
    ),
  );
  const [best] = candidates.filter((c) => c.methodRank !== null).toSorted((a, b) => compare([...a.rank, a.methodRank!], [...b.rank, b.methodRank!]));
  if (best) return { kind: 'matched', routeIndex: best.routeIndex, template: best.template, params: best.params };
  if (candidates.length === 0) return { kind: 'unmatched' };
  const allow = new Set(candidates.flatMap((c) => routes[c.routeIndex]!.match.methods ?? []));
  return { kind: 'method_not_allowed', allow: [...allow].toSorted() };
}

function rankHost(pattern: string, host: string): number | null {
  if (pattern === '') return 0;
  if (!pattern.startsWith('*.')) return pattern === host ? -1000 : null;
  return host.endsWith(pattern.slice(1)) && host.length >= pattern.length ? -pattern.length : null;
}

function matchTemplate(template: string, path: string): { params: Record<string, string>; rank: number[] } | null {
  const wanted = template.split('/').slice(1);
  const given = path.split('/').slice(1);
  const params: Record<string, string> = {};
  const rank: number[] = [];
  for (const [i, segment] of wanted.entries()) {
    if (segment === '*') {
      if (given.length <= i) return null;
      params['*'] = decodeURIComponent(given.slice(i).join('/'));
      return { params, rank: [...rank, 2] };
    }
    const value = given[i];
    if (value === undefined) return null;
    if (segment.startsWith(':')) {
      if (value === '') return null;
      params[segment.slice(1)] = decodeURIComponent(value);
      rank.push(1);
    } else if (segment === value) {
      rank.push(0);
    } else {
      return null;
    }
  }
  return wanted.length === given.length ? { params, rank } : null;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((value, index) => value !== b[index]);
  return i === -1 ? 0 : a[i]! - (b[i] ?? 0);
}
