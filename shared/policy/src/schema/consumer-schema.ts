import { z } from 'zod';
import type { ApiKeyPolicy, TokenMatch } from '../document.js';
import { instantField, matching, nameField, oneOrMany, roleField, scopeField } from './fields.js';

const keySchema = z
  .strictObject({
    id: matching(/^[A-Za-z0-9_-]{1,64}$/, 'an id: up to 64 of A-Z, a-z, 0-9, "_" and "-"'),
    sha256: matching(/^[0-9a-fA-F]{64}$/, 'the SHA-256 of the key: 64 hex digits, in quotes'),
    scopes: z.array(scopeField, { error: 'must be a list of scopes' }).default([]),
    expires: instantField.optional(),
  })
  .transform(
    ({ id, sha256, scopes, expires }): ApiKeyPolicy => ({ id, sha256: sha256.toLowerCase(), scopes, expiresAtMs: expires ?? null }),
  );

const matchSchema: z.ZodType<TokenMatch> = z.strictObject({
  issuer: nameField,
  claim: z.string({ error: 'must be the name of a claim' }).min(1, 'must be the name of a claim'),
  equals: z.union([z.string().min(1, 'must not be empty'), z.number(), z.boolean()], { error: 'must be text, a number, true or false' }),
});

/** What one entry of `consumers` holds. */
export const consumerSchema = z.strictObject({
  plan: nameField.nullable().default(null),
  roles: z.array(roleField, { error: 'must be a list of roles' }).default([]),
  keys: z.array(keySchema, { error: 'must be a list of keys' }).default([]),
  match: oneOrMany(matchSchema).default([]),
});
