import { compileRoutes, type PolicyDocument, type RouteMatcher, type RoutePolicy } from '@sallyport/policy';
import { type CidrSet, compileCidrs } from './edge/cidr.js';
import { type CredentialPlaces, compileCredentialPlaces } from './split-credentials.js';

/** On top of the upstream's timeout, for the stages before it. */
const stagesMs = 1_000;

export interface IngressRoute {
  readonly id: string;
  readonly index: number;
  readonly maxBodyBytes: number;
  readonly deadlineMs: number;
  readonly strictAudit: boolean;
  readonly credentials: CredentialPlaces;
  readonly upstream: string;
}

/** One revision as the ingress needs it. */
export interface IngressPolicy {
  readonly matcher: RouteMatcher;
  readonly routes: readonly IngressRoute[];
  readonly trustedProxies: CidrSet;
}

export function compileIngressPolicy(document: PolicyDocument): IngressPolicy {
  const compile = (route: RoutePolicy, index: number): IngressRoute => {
    const upstream = document.upstreams[route.upstream];
    if (upstream === undefined) throw new Error(`upstream ${route.upstream} is not in the policy`);
    return {
      id: route.id,
      index,
      maxBodyBytes: route.validate.maxBodyBytes,
      deadlineMs: upstream.timeoutMs + stagesMs,
      strictAudit: route.audit === 'strict',
      credentials: compileCredentialPlaces(route),
      upstream: route.upstream,
    };
  };
  return {
    matcher: compileRoutes(document),
    routes: document.routes.map(compile),
    trustedProxies: compileCidrs(document.trustedProxies),
  };
}
