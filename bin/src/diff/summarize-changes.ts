import type { PolicyDocument } from '@sallyport/policy';
import { isDeepStrictEqual } from 'node:util';

/** One entry of the policy that is new, gone or different. */
export interface Change {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly section: 'issuer' | 'plan' | 'consumer' | 'upstream' | 'route' | 'policy';
  readonly name: string;
  /** What is different in it: `auth.scopes`. No values, which may hold what `${NAME}` was replaced by. */
  readonly fields: readonly string[];
}

/** What differs between two policies, whatever their files look like. */
export function summarizeChanges(before: PolicyDocument | undefined, after: PolicyDocument): Change[] {
  const section = (name: Change['section'], entries: (document: PolicyDocument) => Readonly<Record<string, unknown>>) =>
    compareEntries(name, before === undefined ? {} : entries(before), entries(after));
  const proxies = before !== undefined && !isDeepStrictEqual(before.trustedProxies, after.trustedProxies);
  return [
    ...(proxies ? [{ kind: 'changed', section: 'policy', name: '', fields: ['trustedProxies'] } as const] : []),
    ...section('issuer', ({ issuers }) => issuers),
    ...section('plan', ({ plans }) => plans),
    ...section('consumer', ({ consumers }) => consumers),
    ...section('upstream', ({ upstreams }) => upstreams),
    ...section('route', ({ routes }) => Object.fromEntries(routes.map((route) => [route.id, route]))),
  ];
}

type Entries = Readonly<Record<string, unknown>>;

function compareEntries(section: Change['section'], before: Entries, after: Entries): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name): Change[] => {
    if (!Object.hasOwn(before, name)) return [{ kind: 'added', section, name, fields: [] }];
    if (!Object.hasOwn(after, name)) return [{ kind: 'removed', section, name, fields: [] }];
    const fields = findFields(before[name], after[name]);
    return fields.length === 0 ? [] : [{ kind: 'changed', section, name, fields }];
  });
}

/** Paths of the fields that differ; lists and side files as a whole. */
function findFields(before: unknown, after: unknown, path = ''): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isMap(before) || !isMap(after)) return [path];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => findFields(before[key], after[key], path === '' ? key : `${path}.${key}`));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
