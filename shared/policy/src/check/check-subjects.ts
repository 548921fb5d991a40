import type { Finding } from '../policy-problem.js';
import type { Entries } from './entries.js';

/** Limits that could never apply: a public route knows neither consumer nor credential. */
export function checkSubjects(entries: Entries): Finding[] {
  return entries.routes.flatMap(({ auth, limits = [] }, i) =>
    limits.flatMap(({ per }, j): Finding[] => {
      if (auth?.kind !== 'public' || per === 'ip' || per === 'route') return [];
      return [{ path: ['routes', i, 'limits', j], message: `a public route knows no ${per}: say "per: ip" or "per: route"` }];
    }),
  );
}
