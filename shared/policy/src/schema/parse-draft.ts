import type { z } from 'zod';
import type { Finding, PolicyPath } from '../policy-problem.js';
import { consumerSchema } from './consumer-schema.js';
import { explainIssues, explainUnknownKey } from './explain-issues.js';
import { NAME, NAME_FORM } from './fields.js';
import { issuerSchema } from './issuer-schema.js';
import { planSchema, policySchema } from './policy-schema.js';
import { routeSchema } from './route-schema.js';
import { upstreamSchema } from './upstream-schema.js';

type Draft<T extends z.ZodType> = Partial<z.output<T>>;

/** As much of a policy file as has the right form; an entry is here even where some or all of its fields are not. */
export interface PolicyDraft {
  readonly trustedProxies: readonly string[];
  readonly issuers: Readonly<Record<string, Draft<typeof issuerSchema>>>;
  readonly plans: Readonly<Record<string, Draft<typeof planSchema>>>;
  readonly consumers: Readonly<Record<string, Draft<typeof consumerSchema>>>;
  readonly upstreams: Readonly<Record<string, Draft<typeof upstreamSchema>>>;
  readonly routes: readonly Draft<typeof routeSchema>[];
}

/** Field by field, so that one fault hides no other: what is well-formed goes on to the checks that look across entries. */
export function parseDraft(value: unknown): { draft: PolicyDraft; findings: Finding[] } {
  const findings: Finding[] = [];
  const found = (more: readonly Finding[]) => findings.push(...more);
  const file = isMap(value) ? value : {};
  if (!isMap(value)) found([{ path: [], message: 'a policy file is a map that begins with "version: 1"' }]);
  const { version, trustedProxies } = policySchema.shape;
  const head = isMap(value) ? parseFields({ version, trustedProxies }, file, [], found, Object.keys(policySchema.shape)) : {};

  const draft: PolicyDraft = {
    trustedProxies: head.trustedProxies ?? [],
    issuers: parseNamed(issuerSchema, file, 'issuers', found),
    plans: parseNamed(planSchema, file, 'plans', found),
    consumers: parseNamed(consumerSchema, file, 'consumers', found),
    upstreams: parseNamed(upstreamSchema, file, 'upstreams', found),
    routes: parseRoutes(file, found),
  };
  return { draft, findings };
}

type Report = (findings: readonly Finding[]) => void;
type Shape = Readonly<Record<string, z.ZodType>>;

function parseNamed<T extends z.ZodObject>(schema: T, file: Record<string, unknown>, section: string, found: Report): Record<string, Draft<T>> {
  const entries = Object.hasOwn(file, section) ? file[section] : {};
  if (!isMap(entries)) {
    found([{ path: [section], message: 'must be a map from names to entries' }]);
    return {};
  }
  return Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => {
      if (!NAME.test(name)) found([{ path: [section, name], atKey: true, message: `must be a name: ${NAME_FORM}` }]);
      return [name, parseFields(schema.shape, entry, [section, name], found) as Draft<T>];
    }),
  );
}

function parseRoutes(file: Record<string, unknown>, found: Report): Draft<typeof routeSchema>[] {
  const routes = Object.hasOwn(file, 'routes') ? file['routes'] : [];
  if (Array.isArray(routes)) return routes.map((route, i) => parseFields(routeSchema.shape, route, ['routes', i], found));
  found([{ path: ['routes'], message: 'must be a list of routes' }]);
  return [];
}

function parseFields<S extends Shape>(shape: S, value: unknown, path: PolicyPath, found: Report, known: readonly string[] = Object.keys(shape)) {
  const fields: Record<string, unknown> = {};
  if (!isMap(value)) {
    found([{ path, message: 'must be a map' }]);
    return fields as { [K in keyof S]?: z.output<S[K]> };
  }
  found(Object.keys(value).filter((key) => !known.includes(key)).map((key) => explainUnknownKey([...path, key], known)));
  for (const [key, schema] of Object.entries(shape)) {
    const input = Object.hasOwn(value, key) ? value[key] : undefined;
    const result = schema.safeParse(input);
    if (result.success) {
      fields[key] = result.data;
      continue;
    }
    const explained = explainIssues(schema, input, result.error.issues, [...path, key]);
    found(explained);
    const rest = schema.safeParse(withoutFaults(input, explained.map((finding) => finding.path.slice(path.length + 1))));
    if (rest.success) fields[key] = rest.data;
  }
  return fields as { [K in keyof S]?: z.output<S[K]> };
}

/** What is left of a value without the keys that have a fault; those have been reported, the rest may have faults of other kinds. */
function withoutFaults(input: unknown, faults: readonly PolicyPath[]): unknown {
  const copy: unknown = structuredClone(input);
  for (const fault of faults) {
    const key = fault.at(-1);
    let parent = copy;
    for (const step of fault.slice(0, -1)) parent = (parent as Record<string | number, unknown> | undefined)?.[step];
    if (isMap(parent) && key !== undefined) delete parent[key];
  }
  return copy;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
