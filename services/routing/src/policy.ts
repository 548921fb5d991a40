import type { PolicyDocument } from '@sallyport/policy';
import type { UpstreamPools, Upstreams } from './upstream/index.js';

export interface RoutingRoute {
  readonly id: string;
  readonly upstream: string;
}

/** One revision as routing needs it. */
export interface RoutingPolicy {
  readonly routes: readonly RoutingRoute[];
  readonly upstreams: Upstreams;
}

export function compileRoutingPolicy(document: PolicyDocument, pools: UpstreamPools): RoutingPolicy {
  return {
    routes: document.routes.map(({ id, upstream }) => ({ id, upstream })),
    upstreams: pools.open(document.upstreams),
  };
}
