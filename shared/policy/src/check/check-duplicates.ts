import type { Finding, PolicyPath } from '../policy-problem.js';
import type { Entries } from './entries.js';

/** Things of which there may be one only: route ids, ids and digests of API keys, what makes a token a consumer's. */
export function checkDuplicates(entries: Entries): Finding[] {
  const routes = entries.routes.map(({ id }, i): Claimant => [id, ['routes', i, 'id'], `routes[${i}]`]);
  const apiKeys = Object.entries(entries.consumers).flatMap(([consumer, { keys = [] }]) =>
    keys.map((key, i) => ({ ...key, consumer, path: ['consumers', consumer, 'keys', i] })),
  );
  const matches = Object.entries(entries.consumers).flatMap(([consumer, { match = [] }]) =>
    match.map((m, i): Claimant => [JSON.stringify([m.issuer, m.claim, m.equals]), ['consumers', consumer, 'match', i], `consumer "${consumer}"`]),
  );
  return [
    ...findDuplicates(routes, (other) => `${other} has the same id`),
    ...findDuplicates(apiKeys.map((k) => [k.id, [...k.path, 'id'], `consumer "${k.consumer}"`]), (other) => `a key of ${other} has the same id`),
    ...findDuplicates(apiKeys.map((k) => [k.sha256, [...k.path, 'sha256'], `"${k.id}" of consumer "${k.consumer}"`]), (other) => `is the same key as ${other}`),
    ...findDuplicates(matches, (other) => `the same tokens are ${other} already`),
  ];
}

/** What is claimed, where, and by whom. */
type Claimant = readonly [claim: string | undefined, path: PolicyPath, name: string];

function findDuplicates(claimants: readonly Claimant[], message: (other: string) => string): Finding[] {
  const first = new Map<string, string>();
  const findings: Finding[] = [];
  for (const [claim, path, name] of claimants) {
    if (claim === undefined) continue;
    const other = first.get(claim);
    if (other === undefined) first.set(claim, name);
    else findings.push({ path, message: message(other) });
  }
  return findings;
}
