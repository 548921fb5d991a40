import { z } from 'zod';
import type { AuthAlternative, FailureMode, RouteAuthPolicy, RouteMatchPolicy } from '../document.js';
import { parsePathPattern } from '../match-route/parse-path-pattern.js';
import { parseHostPattern } from '../scalars/parse-host-pattern.js';
import { parseSize } from '../scalars/parse-size.js';
import { instantField, matching, nameField, oneOf, oneOrMany, parsed, roleField, scopeField } from './fields.js';
import { credentialHeader } from './credential-header.js';
import { limitsField } from './limit-schema.js';

const DEFAULT_MAX_BODY_BYTES = 2 ** 20;

const pathField = z.string({ error: 'must be a path such as /orders/:id' }).superRefine((path, context) => {
  const pattern = parsePathPattern(path);
  if (typeof pattern === 'string') context.addIssue({ code: 'custom', message: pattern });
});

const methodField = matching(/^[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]{0,31}$/, 'a method such as GET')
  .transform((method) => method.toUpperCase())
  .refine((method) => method !== 'CONNECT' && method !== 'TRACE', 'CONNECT and TRACE are never passed on');

const matchSchema = z
  .strictObject({
    hosts: z
      .array(parsed(parseHostPattern, 'a host such as api.example.com or *.example.com, without port'), { error: 'must be a list of hosts' })
      .min(1, 'must not be empty: leave it out for any host')
      .optional(),
    path: oneOrMany(pathField),
    methods: z.array(methodField, { error: 'must be a list of methods' }).min(1, 'must not be empty: leave it out for any method').optional(),
  })
  .transform(({ hosts, path, methods }): RouteMatchPolicy => ({ hosts: hosts ?? null, paths: path, methods: methods ?? null }));

const apiKeySchema = z.strictObject({
  header: credentialHeader.optional(),
  query: matching(/^[A-Za-z0-9._~-]{1,128}$/, 'the name of a query parameter: A-Z, a-z, 0-9, ".", "_", "~" and "-"').optional(),
  cookie: matching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, 'the name of a cookie').optional(),
});

const alternativeSchema = z
  .strictObject({ jwt: nameField.optional(), apiKey: apiKeySchema.optional() })
  .transform(({ jwt, apiKey }, context): AuthAlternative => {
    const found: AuthAlternative[] = [];
    if (jwt !== undefined) found.push({ kind: 'jwt', issuer: jwt });
    for (const place of ['header', 'query', 'cookie'] as const) {
      const name = apiKey?.[place];
      if (name !== undefined) found.push({ kind: 'apiKey', in: place, name });
    }
    if (found.length === 1) return found[0]!;
    context.issues.push({ code: 'custom', input: found, message: 'must be one of { jwt: ISSUER } and { apiKey: { header|query|cookie: NAME } }' });
    return z.NEVER;
  });

const authSchema = z
  .union([
    z.literal('public'),
    z.strictObject({
      any: z.array(alternativeSchema, { error: 'must be a list of ways to authenticate' }).min(1, 'must not be empty; say "auth: public" for none'),
      scopes: z.array(scopeField, { error: 'must be a list of scopes' }).default([]),
      roles: z.array(roleField, { error: 'must be a list of roles' }).default([]),
    }),
  ], { error: 'must be "public" or { any: [...] }' })
  .transform((auth): RouteAuthPolicy => {
    if (auth === 'public') return { kind: 'public' };
    return { kind: 'any', alternatives: auth.any, scopes: auth.scopes, roles: auth.roles };
  });

const failureMode = oneOf(['closed', 'open']);
const onFailureSchema = z
  .union([failureMode, z.strictObject({ quota: failureMode.default('closed'), validation: failureMode.default('closed') })], {
    error: 'must be "closed", "open" or { quota: …, validation: … }',
  })
  .transform((mode): { quota: FailureMode; validation: FailureMode } => (typeof mode === 'string' ? { quota: mode, validation: mode } : mode));

const validateSchema = z.strictObject({
  openapi: z.string({ error: 'must be the path of a file' }).min(1, 'must be the path of a file').optional(),
  waf: oneOf(['off'], ['log', 'block']).default('off'),
  maxBody: parsed(parseSize, 'a size such as 16KiB, 1MiB or 2GiB').default(DEFAULT_MAX_BODY_BYTES),
});

const deprecatedSchema = z
  .strictObject({ since: instantField, sunset: instantField.optional() })
  .refine(({ since, sunset }) => sunset === undefined || sunset >= since, { error: 'must not be before "since"', path: ['sunset'] })
  .transform(({ since, sunset }) => ({ sinceMs: since, sunsetMs: sunset ?? null }));

/** What one element of `routes` holds. */
export const routeSchema = z.strictObject({
  id: matching(/^[a-z0-9_-]{1,64}$/, 'an id: up to 64 of a-z, 0-9, "_" and "-"').refine((id) => id !== '_', '"_" stands for no route'),
  match: matchSchema,
  upstream: nameField,
  auth: authSchema,
  limits: limitsField.default([]),
  validate: validateSchema.prefault({}),
  onFailure: onFailureSchema.prefault('closed'),
  audit: oneOf(['async', 'strict']).default('async'),
  forwardCredential: z.boolean({ error: 'must be true or false' }).default(false),
  shadow: z.array(oneOf(['limits', 'schema'], ['waf']), { error: 'must be a list of "limits" and "schema"' }).default([]),
  deprecated: deprecatedSchema.nullable().default(null),
});

export type RouteEntry = z.output<typeof routeSchema>;
