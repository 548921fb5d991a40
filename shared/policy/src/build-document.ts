import type { z } from 'zod';
import type { ConsumerPolicy, IssuerPolicy, PlanPolicy, PolicyDocument, RoutePolicy, UpstreamPolicy } from './document.js';
import type { policySchema } from './schema/policy-schema.js';
import type { PolicyDraft } from './schema/parse-draft.js';
import type { SideFiles } from './side-files/resolve-side-files.js';

type Complete = z.output<typeof policySchema>;

/** Puts a draft without faults and its side files together, deeply frozen. */
export function buildDocument(draft: PolicyDraft, { keySources, openApis, documents }: SideFiles): PolicyDocument {
  // A draft lacks a field only where there is a finding about it.
  const { trustedProxies, issuers, plans, consumers, upstreams, routes } = draft as Omit<Complete, 'version'>;
  return deepFreeze({
    version: 1,
    trustedProxies,
    issuers: mapEntries(issuers, ({ issuer, audiences, algorithms }, name): IssuerPolicy => ({ issuer, keySource: keySources.get(name)!, audiences, algorithms })),
    plans: mapEntries(plans, ({ limits }): PlanPolicy => ({ limits })),
    consumers: mapEntries(consumers, ({ plan, roles, keys, match }): ConsumerPolicy => ({ plan, roles, keys, match })),
    upstreams: mapEntries(upstreams, ({ targets, timeout }): UpstreamPolicy => ({ targets, timeoutMs: timeout })),
    routes: routes.map(
      ({ validate, ...route }, i): RoutePolicy => ({
        ...route,
        validate: { openapi: openApis.get(i) ?? null, waf: validate.waf, maxBodyBytes: validate.maxBody },
      }),
    ),
    documents,
  });
}

function mapEntries<A, B>(entries: Readonly<Record<string, A>>, convert: (entry: A, name: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, convert(entry, name)]));
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
