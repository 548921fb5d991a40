import type { LimitPolicy, RouteAuthPolicy, RoutePolicy } from '@sallyport/policy';
import type { PolicyOfRequest } from './explanation.js';

/** What the policy asked of the request in a stage, in words; one line each. */
export function describeRules(stage: string, { route, upstream, consumer, plan }: PolicyOfRequest): string[] {
  if (route === null) return [];
  switch (stage) {
    case 'ingress':
      return [`route ${route.id} takes ${route.match.methods?.join(', ') ?? 'any method'} on ${route.match.paths.join(', ')}${route.match.hosts === null ? '' : ` of ${route.match.hosts.join(', ')}`}`];
    case 'auth':
      return describeAuth(route.auth);
    case 'quota': {
      const ofPlan = (plan?.limits ?? []).map((limit) => `plan ${consumer?.plan}: ${describeLimit(limit)}`);
      return [...route.limits.map((limit) => `route: ${describeLimit(limit)}`), ...ofPlan];
    }
    case 'validation':
      return [`${route.validate.openapi === null ? 'no contract' : 'OpenAPI contract'}, body up to ${route.validate.maxBodyBytes} bytes${describeMode(route)}`];
    case 'routing':
      return upstream === null ? [] : [`upstream ${route.upstream}: ${upstream.targets.map(({ url }) => url).join(', ')}, within ${upstream.timeoutMs} ms`];
    default:
      return [];
  }
}

function describeAuth(auth: RouteAuthPolicy): string[] {
  if (auth.kind === 'public') return ['public: no credential is asked for'];
  const ways = auth.alternatives.map((way) => (way.kind === 'jwt' ? `a token of issuer ${way.issuer}` : `an API key in ${way.in} ${way.name}`));
  return [
    `asks for ${ways.join(' or ')}`,
    ...(auth.scopes.length === 0 ? [] : [`needs the scopes ${auth.scopes.join(' ')}`]),
    ...(auth.roles.length === 0 ? [] : [`needs one of the roles ${auth.roles.join(', ')}`]),
  ];
}

/** `20/s per consumer, 40 at once`, `100000 a day per consumer`. */
export function describeLimit(limit: LimitPolicy): string {
  if (limit.kind === 'quota') return `${limit.amount} a ${limit.period} per ${limit.per}`;
  const units: Readonly<Record<number, string>> = { 1_000: 's', 60_000: 'm', 3_600_000: 'h', 86_400_000: 'd' };
  const period = units[limit.periodMs] ?? `${limit.periodMs} ms`;
  return `${limit.permits}/${period} per ${limit.per}, ${limit.burst} at once`;
}

function describeMode({ shadow }: RoutePolicy): string {
  return shadow.includes('schema') ? ', in shadow mode' : '';
}
