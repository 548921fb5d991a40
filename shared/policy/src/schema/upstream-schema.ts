import { z } from 'zod';
import { parseOrigin } from '../scalars/parse-origin.js';
import { durationField, integer, parsed } from './fields.js';

const MAX_TIMEOUT_MS = 3_600_000;

const targetSchema = z.strictObject({
  url: parsed(parseOrigin, 'an http or https URL of host and port alone, such as http://127.0.0.1:7001'),
  weight: integer(0, 1000).default(1),
});

/** What one entry of `upstreams` holds. */
export const upstreamSchema = z
  .strictObject({
    targets: z
      .array(targetSchema, { error: 'must be a list of targets' })
      .min(1, 'must have at least one target')
      .refine((targets) => targets.length === 0 || targets.some((target) => target.weight > 0), 'must have a target whose weight is not 0'),
    timeout: durationField.refine((timeoutMs) => timeoutMs <= MAX_TIMEOUT_MS, 'must be at most 1h').default(5000),
  });
