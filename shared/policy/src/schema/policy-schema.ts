import { z } from 'zod';
import { parseCidr } from '../scalars/parse-cidr.js';
import { consumerSchema } from './consumer-schema.js';
import { NAME, NAME_FORM, parsed } from './fields.js';
import { issuerSchema } from './issuer-schema.js';
import { limitsField } from './limit-schema.js';
import { routeSchema } from './route-schema.js';
import { upstreamSchema } from './upstream-schema.js';

export const planSchema = z.strictObject({ limits: limitsField });

function named<T extends z.ZodType>(entry: T) {
  const key = z.string().regex(NAME, { error: `must be a name: ${NAME_FORM}` });
  return z.record(key, entry, { error: 'must be a map from names to entries' });
}

/** The whole policy file. */
export const policySchema = z.strictObject({
  version: z.literal(1, { error: 'must be 1' }),
  trustedProxies: z.array(parsed(parseCidr, 'an address block such as 10.0.0.0/8'), { error: 'must be a list of address blocks' }).default([]),
  issuers: named(issuerSchema).default({}),
  plans: named(planSchema).default({}),
  consumers: named(consumerSchema).default({}),
  upstreams: named(upstreamSchema).default({}),
  routes: z.array(routeSchema, { error: 'must be a list of routes' }).default([]),
});
