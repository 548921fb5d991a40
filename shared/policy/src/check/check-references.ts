import type { Finding, PolicyPath } from '../policy-problem.js';
import type { Entries } from './entries.js';
import { suggest } from '../schema/suggest.js';

/** Names that nothing in the file bears. */
export function checkReferences(entries: Entries): Finding[] {
  const findings: Finding[] = [];
  const refer = (kind: string, known: object, name: string | null | undefined, path: PolicyPath): void => {
    if (name === null || name === undefined || Object.hasOwn(known, name)) return;
    findings.push({ path, message: `there is no ${kind} "${name}"${suggest(name, Object.keys(known))}` });
  };

  for (const [name, { plan, match }] of Object.entries(entries.consumers)) {
    refer('plan', entries.plans, plan, ['consumers', name, 'plan']);
    for (const [i, { issuer }] of (match ?? []).entries()) {
      refer('issuer', entries.issuers, issuer, ['consumers', name, 'match', i, 'issuer']);
    }
  }
  for (const [i, { upstream, auth }] of entries.routes.entries()) {
    refer('upstream', entries.upstreams, upstream, ['routes', i, 'upstream']);
    for (const [j, alternative] of (auth?.kind === 'any' ? auth.alternatives : []).entries()) {
      if (alternative.kind === 'jwt') refer('issuer', entries.issuers, alternative.issuer, ['routes', i, 'auth', 'any', j, 'jwt']);
    }
  }
  return findings;
}
