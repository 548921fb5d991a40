import { parseDuration } from '@sallyport/policy';

const token = /^(?:\*|[a-z0-9_-]+)$/;

/**
 * The subject that a pattern of event types stands for: `auth.>`, `*.scope_missing`, `quota.rate_exceeded`; as on NATS, `*` is one
 * part and `>` all that follow. Undefined for what is no such pattern.
 */
export function eventSubjectFilter(typePattern: string): string | undefined {
  const parts = typePattern.split('.');
  const open = parts.at(-1) === '>';
  const named = open ? parts.slice(0, -1) : parts;
  const fits = open ? named.length <= 2 : named.length === 2;
  if (!fits || !named.every((part) => token.test(part))) return undefined;
  return ['security', ...named, '>'].join('.');
}

/** A duration back from now (`10m`) or an instant (`2026-01-31T12:00:00Z`), as milliseconds; undefined for anything else. */
export function parseSince(text: string, nowMs: number): number | undefined {
  const durationMs = parseDuration(text);
  if (durationMs !== null) return nowMs - durationMs;
  if (!/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text)) return undefined;
  const instantMs = Date.parse(text);
  return Number.isNaN(instantMs) ? undefined : instantMs;
}
