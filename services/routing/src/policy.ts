import type { PolicyDocument, UpstreamPolicy } from '@sallyport/policy';

export interface RoutingRoute {
  readonly id: string;
  readonly upstream: string;
  readonly forwardCredential: boolean;
}

/** One revision as routing needs it. */
export interface RoutingPolicy {
  readonly routes: readonly RoutingRoute[];
  readonly upstreams: Readonly<Record<string, UpstreamPolicy>>;
}

export function compileRoutingPolicy(document: PolicyDocument): RoutingPolicy {
  return {
    routes: document.routes.map(({ id, upstream, forwardCredential }) => ({ id, upstream, forwardCredential })),
    upstreams: document.upstreams,
  };
}
