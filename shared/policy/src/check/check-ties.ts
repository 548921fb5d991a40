import { parsePathPattern } from '../match-route/parse-path-pattern.js';
import type { Finding } from '../policy-problem.js';
import type { Entries } from './entries.js';

/** Requests for which two routes, or two paths of one, are equally specific. One finding for each pair of routes. */
export function checkTies(entries: Entries): Finding[] {
  const owners = new Map<string, { readonly route: number; readonly template: string }>();
  const reported = new Set<string>();
  const findings: Finding[] = [];

  for (const [i, { id = '?', match }] of entries.routes.entries()) {
    for (const [j, template] of (match?.paths ?? []).entries()) {
      const pattern = parsePathPattern(template);
      if (typeof pattern === 'string') continue;
      for (const host of match?.hosts ?? ['any host']) {
        for (const method of match?.methods ?? ['any method']) {
          const claim = `${host} ${method} ${pattern.shape}`;
          const owner = owners.get(claim);
          if (owner === undefined) {
            owners.set(claim, { route: i, template });
            continue;
          }
          if (reported.has(`${owner.route} ${i}`)) continue;
          reported.add(`${owner.route} ${i}`);
          const other = owner.route === i ? `its own "${owner.template}"` : `"${owner.template}" of route "${entries.routes[owner.route]!.id ?? '?'}"`;
          findings.push({ path: ['routes', i, 'match', 'path', j], message: `"${template}" of route "${id}" ties with ${other} for ${method} on ${host}` });
        }
      }
    }
  }
  return findings;
}
