import { z } from 'zod';
import { JWS_ALGORITHMS, QUOTA_PERIODS, type PolicyDocument } from './document.js';
import { parsePathPattern } from './match-route/parse-path-pattern.js';
import { parseCidr } from './scalars/parse-cidr.js';
import { parseHostPattern } from './scalars/parse-host-pattern.js';
import { isSecureUrl, parseOrigin } from './scalars/parse-origin.js';
import { isCredentialHeader } from './schema/credential-header.js';
import { NAME } from './schema/fields.js';
import { checkKeySet } from './side-files/check-key-set.js';

const count = z.int().min(1);
const texts = z.array(z.string().min(1));
const subject = z.enum(['consumer', 'ip', 'credential', 'route']);
const failureMode = z.enum(['open', 'closed']);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const secureUrl = z.string().refine(isSecureUrl, 'must be https, or http on loopback');

/** Text that a parser leaves as it is. */
function normal(parse: (text: string) => string | null) {
  return z.string().refine((text) => parse(text) === text, 'is not in normal form');
}

function named<T extends z.ZodType>(entry: T) {
  return z.record(z.string().regex(NAME), entry);
}

const limits = z.array(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('rate'), permits: count, periodMs: count, burst: count, per: subject }),
    z.strictObject({ kind: z.literal('quota'), amount: count, period: z.enum(QUOTA_PERIODS), per: subject }),
  ]),
);

const keySet = z
  .strictObject({ keys: z.array(z.looseObject({ kty: z.string() })) })
  .refine((jwks) => checkKeySet(jwks).ok, 'must hold public keys that can verify signatures');

const issuer = z.strictObject({
  issuer: secureUrl,
  keySource: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('discover') }),
    z.strictObject({ kind: z.literal('uri'), uri: secureUrl }),
    z.strictObject({ kind: z.literal('inline'), jwks: keySet }),
  ]),
  audiences: texts.min(1),
  algorithms: z.array(z.enum(JWS_ALGORITHMS)).min(1),
});

const consumer = z.strictObject({
  plan: z.string().nullable(),
  roles: texts,
  keys: z.array(z.strictObject({ id: z.string().min(1), sha256: digest, scopes: texts, expiresAtMs: z.int().nullable() })),
  match: z.array(z.strictObject({ issuer: z.string(), claim: z.string().min(1), equals: z.union([z.string(), z.number(), z.boolean()]) })),
});

const upstream = z.strictObject({
  targets: z.array(z.strictObject({ url: normal(parseOrigin), weight: z.int().min(0) })).min(1),
  timeoutMs: count,
});

const auth = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('public') }),
  z.strictObject({
    kind: z.literal('any'),
    alternatives: z
      .array(
        z.discriminatedUnion('kind', [
          z.strictObject({ kind: z.literal('jwt'), issuer: z.string() }),
          z
            .strictObject({ kind: z.literal('apiKey'), in: z.enum(['header', 'query', 'cookie']), name: z.string().min(1) })
            .refine((key) => key.in !== 'header' || isCredentialHeader(key.name), 'is no header for credentials'),
        ]),
      )
      .min(1),
    scopes: texts,
    roles: texts,
  }),
]);

const route = z.strictObject({
  id: z.string().regex(/^(?!_$)[a-z0-9_-]{1,64}$/),
  match: z.strictObject({
    hosts: z.array(normal(parseHostPattern)).min(1).nullable(),
    paths: z.array(z.string().refine((path) => typeof parsePathPattern(path) !== 'string', 'is not a path of a route')).min(1),
    methods: z.array(z.string().regex(/^[A-Z0-9!#$%&'*+.^_`|~-]+$/)).min(1).nullable(),
  }),
  upstream: z.string(),
  auth,
  limits,
  validate: z.strictObject({ openapi: digest.nullable(), waf: z.literal('off'), maxBodyBytes: z.int().min(0) }),
  onFailure: z.strictObject({ quota: failureMode, validation: failureMode }),
  audit: z.enum(['async', 'strict']),
  forwardCredential: z.boolean(),
  shadow: z.array(z.enum(['limits', 'schema'])),
  deprecated: z.strictObject({ sinceMs: z.int(), sunsetMs: z.int().nullable() }).nullable(),
});

/** The form of a document. Strict, so that one of a later version is refused rather than half obeyed. */
export const documentSchema: z.ZodType<PolicyDocument> = z.strictObject({
  version: z.literal(1),
  trustedProxies: z.array(normal(parseCidr)),
  issuers: named(issuer),
  plans: named(z.strictObject({ limits })),
  consumers: named(consumer),
  upstreams: named(upstream),
  routes: z.array(route),
  documents: z.record(digest, z.looseObject({ openapi: z.string() })),
});
