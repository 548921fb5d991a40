import type { Finding, PolicyPath } from '../policy-problem.js';
import type { PolicyDraft } from '../schema/parse-draft.js';
import { suggest } from '../schema/suggest.js';

/** Names that nothing in the file bears. */
export function checkReferences(draft: PolicyDraft): Finding[] {
  const findings: Finding[] = [];
  const refer = (kind: string, entries: object, name: string | null | undefined, path: PolicyPath): void => {
    if (name === null || name === undefined || Object.hasOwn(entries, name)) return;
    findings.push({ path, message: `there is no ${kind} "${name}"${suggest(name, Object.keys(entries))}` });
  };

  for (const [name, { plan, match }] of Object.entries(draft.consumers)) {
    refer('plan', draft.plans, plan, ['consumers', name, 'plan']);
    for (const [i, { issuer }] of (match ?? []).entries()) {
      refer('issuer', draft.issuers, issuer, ['consumers', name, 'match', i, 'issuer']);
    }
  }
  for (const [i, { upstream, auth }] of draft.routes.entries()) {
    refer('upstream', draft.upstreams, upstream, ['routes', i, 'upstream']);
    for (const [j, alternative] of (auth?.kind === 'any' ? auth.alternatives : []).entries()) {
      if (alternative.kind === 'jwt') refer('issuer', draft.issuers, alternative.issuer, ['routes', i, 'auth', 'any', j, 'jwt']);
    }
  }
  return findings;
}
