import type { PolicyDocument, PlanPolicy, RoutePolicy, UpstreamPolicy } from '@sallyport/policy';
import type { RequestRecord } from './find-request.js';

/** What the policy said about a request. */
export interface PolicyOfRequest {
  readonly route: RoutePolicy | null;
  readonly upstream: UpstreamPolicy | null;
  readonly consumer: { readonly roles: readonly string[]; readonly plan: string | null } | null;
  readonly plan: PlanPolicy | null;
}

/** Looks up, in the document of the revision that judged it, what applied to a request. */
export function policyOfRequest(document: PolicyDocument, { route: routeId, consumer: consumerId }: RequestRecord): PolicyOfRequest {
  const route = document.routes.find(({ id }) => id === routeId) ?? null;
  const consumer = own(document.consumers, consumerId);
  return {
    route,
    upstream: route === null ? null : own(document.upstreams, route.upstream),
    consumer: consumer === null ? null : { roles: consumer.roles, plan: consumer.plan },
    plan: consumer === null || consumer.plan === null ? null : own(document.plans, consumer.plan),
  };
}

function own<T>(entries: Readonly<Record<string, T>>, name: string): T | null {
  return Object.hasOwn(entries, name) ? entries[name]! : null;
}
