import { z } from 'zod';
import { JWS_ALGORITHMS, type JwsAlgorithm } from '../document.js';
import { isSecureUrl } from '../scalars/parse-origin.js';
import { oneOf } from './fields.js';

const DEFAULT_ALGORITHMS: readonly JwsAlgorithm[] = ['ES256', 'RS256', 'PS256', 'EdDSA'];

const secureUrl = z
  .string({ error: 'must be a URL' })
  .refine(isSecureUrl, 'must be an https URL without credentials and fragment (plain http on loopback only)');

/** What one entry of `issuers` holds. */
export const issuerSchema = z.strictObject({
  issuer: secureUrl,
  jwksUri: secureUrl.optional(),
  /** Looked into by `resolveKeySet`. */
  jwks: z.record(z.string(), z.unknown(), { error: 'must be a JSON Web Key Set: { keys: [...] }' }).optional(),
  jwksFile: z.string({ error: 'must be the path of a file' }).min(1, 'must be the path of a file').optional(),
  audiences: z.array(z.string({ error: 'must be text' }).min(1, 'must not be empty'), { error: 'must be a list of audiences' }).min(1, 'must name at least one audience'),
  algorithms: z
    .array(oneOf(JWS_ALGORITHMS), { error: 'must be a list of algorithms' })
    .min(1, 'must name at least one algorithm')
    .default([...DEFAULT_ALGORITHMS]),
});

export type IssuerEntry = z.output<typeof issuerSchema>;
