import { z } from 'zod';
import type { LimitPolicy } from '../document.js';
import { parseQuota, parseRate } from '../scalars/parse-rate.js';
import { integer, oneOf, parsed } from './fields.js';

const rateField = parsed(parseRate, 'a rate such as 50/s, 300/m or 10/30s', /^\d+\.\.\d+\//);
const quotaField = parsed(parseQuota, 'a quota such as 1000/hour, 100000/day or 2000000/month');

/** `{ rate: 50/s, burst: 100, per: ip }` or `{ quota: 100000/day }`. */
export const limitSchema = z
  .strictObject({
    rate: rateField.optional(),
    burst: integer(1, 1_000_000_000).optional(),
    quota: quotaField.optional(),
    per: oneOf(['consumer', 'ip', 'credential', 'route']).default('consumer'),
  })
  .refine(({ rate, quota }) => (rate === undefined) !== (quota === undefined), 'a limit has either "rate" or "quota"')
  .refine(({ quota, burst }) => quota === undefined || burst === undefined, { error: '"burst" belongs to "rate" only', path: ['burst'] })
  .transform(({ rate, burst, quota, per }): LimitPolicy => {
    if (rate !== undefined) return { kind: 'rate', ...rate, burst: burst ?? rate.permits, per };
    return { kind: 'quota', ...quota!, per };
  });

export const limitsField = z.array(limitSchema, { error: 'must be a list of limits' });
