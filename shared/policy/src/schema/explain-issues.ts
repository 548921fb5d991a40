import type { z } from 'zod';
import type { Finding, PolicyPath } from '../policy-problem.js';
import { isLaterKey, NOT_YET } from './later-keys.js';
import { suggest } from './suggest.js';
import { knownKeys } from './walk-schema.js';

type Issue = z.core.$ZodIssue;

/** What zod found in `value`, which stands at `base` in the policy file, in words that say what to do. */
export function explainIssues(schema: z.ZodType, value: unknown, issues: readonly Issue[], base: PolicyPath): Finding[] {
  const withUnknownKeys = new Set(issues.filter((i) => i.code === 'unrecognized_keys').map((i) => i.path.join('.')));
  return issues.flatMap((issue): Finding[] => {
    const inner = issue.path as PolicyPath;
    const path = [...base, ...inner];
    // Whoever misspells a key need not hear as well that the key is missing.
    if (issue.code === 'custom' && withUnknownKeys.has(inner.join('.'))) return [];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => explainUnknownKey([...path, key], knownKeys(schema, inner)));
    }
    if (issue.code === 'invalid_union') {
      const branch = pickBranch(issue);
      if (branch !== null) return explainIssues(schema, value, branch.map((i) => ({ ...i, path: [...inner, ...i.path] })), base);
    }
    return [{ path, message: valueAt(value, inner) === undefined ? 'is required' : reword(issue) }];
  });
}

export function explainUnknownKey(path: PolicyPath, known: readonly string[]): Finding {
  const message = isLaterKey(path) ? NOT_YET : `unknown key${suggest(String(path.at(-1)), known)}`;
  return { path, atKey: true, message };
}

/** The one alternative that the value was meant to be: the only one of its type. */
function pickBranch(issue: z.core.$ZodIssueInvalidUnion): Issue[] | null {
  const fits = issue.errors.filter((errors) => !errors.some((e) => e.path.length === 0 && (e.code === 'invalid_type' || e.code === 'invalid_value')));
  if (fits.length === 1) return fits[0]!;
  return issue.message === 'Invalid input' ? (issue.errors[0] ?? null) : null;
}

function reword(issue: Issue): string {
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input')) return issue.message;
  if (issue.expected === 'object' || issue.expected === 'record') return 'must be a map';
  return issue.expected === 'array' ? 'must be a list' : issue.message;
}

function valueAt(value: unknown, path: PolicyPath): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown> | null | undefined)?.[step], value);
}
