import { z } from 'zod';
import { parseDuration } from '../scalars/parse-duration.js';
import { parseInstant } from '../scalars/parse-instant.js';
import { NOT_YET } from './later-keys.js';

/**
 * Text that `parse` understands; null from it becomes "must be <expected>". `later` is the form of what a later version will
 * understand. Values never occur in messages: they may be secrets.
 */
export function parsed<T>(parse: (text: string) => T | null, expected: string, later?: RegExp) {
  return z.string({ error: `must be ${expected}` }).transform((text, context): T => {
    const value = parse(text);
    if (value !== null) return value;
    context.issues.push({ code: 'custom', message: later?.test(text) ? NOT_YET : `must be ${expected}`, input: text });
    return z.NEVER;
  });
}

/** Text of a form; the message says which. */
export function matching(pattern: RegExp, expected: string) {
  return z.string({ error: `must be ${expected}` }).regex(pattern, { error: `must be ${expected}` });
}

/** One thing or a list of them, as a list. */
export function oneOrMany<T extends z.ZodType>(item: T) {
  return z.union([item, z.array(item).min(1, 'must not be empty')]).transform((value) => (Array.isArray(value) ? value : [value]) as z.output<T>[]);
}

/** One of some words; `later` are those that a later version will know. */
export function oneOf<const T extends readonly [string, ...string[]]>(values: T, later: readonly unknown[] = []) {
  return z.enum(values, { error: ({ input }) => (later.includes(input) ? NOT_YET : `must be ${listWords(values)}`) });
}

export function integer(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** What issuers, plans, consumers and upstreams are called. */
export const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
export const NAME_FORM = 'up to 64 of a-z, 0-9, "_" and "-", a letter or digit first';

export const nameField = matching(NAME, `a name: ${NAME_FORM}`);
export const durationField = parsed(parseDuration, 'a duration such as 500ms, 5s, 10m, 1h or 30d');
export const instantField = parsed(parseInstant, 'a day such as 2027-01-01 or a time such as 2027-01-01T12:00:00Z');
/** RFC 6749 §3.3. */
export const scopeField = matching(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'a scope: visible ASCII without space, quote and backslash');
export const roleField = matching(/^[^\s\p{C}]{1,128}$/u, 'a role: up to 128 characters without space');

function listWords(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  return quoted.length === 1 ? quoted[0]! : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}
