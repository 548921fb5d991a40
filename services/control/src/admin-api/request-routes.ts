import { z } from 'zod';
import type { ControlContext } from '../control-context.js';
import { accountStages } from '../explain/account-stages.js';
import { findRequest, isRequestId } from '../explain/find-request.js';
import { policyOfRequest } from '../explain/policy-of-request.js';
import { RefusedError } from '../refused-error.js';
import type { AdminRoute } from './admin-route.js';
import { manifestSchema } from './answer-schemas.js';

const explanationSchema = z.object({
  request: z.looseObject({ request_id: z.string() }).describe('The row of `requests`'),
  stages: z.array(
    z.object({
      stage: z.string(),
      verdict: z.enum(['allow', 'deny', 'failed', 'open', 'unreached']),
      us: z.number().describe('Time in the stage in microseconds, without the upstream'),
      reason: z.string(),
      detail: z.string(),
      shadow: z.array(z.object({ reason: z.string(), detail: z.string() })).describe('What would have been refused outside shadow mode'),
    }),
  ),
  events: z.array(z.looseObject({ type: z.string() })).describe('The security events of the request'),
  revision: manifestSchema.nullable(),
  policy: z
    .object({ route: z.looseObject({}).nullable(), upstream: z.looseObject({}).nullable(), consumer: z.looseObject({}).nullable(), plan: z.looseObject({}).nullable() })
    .nullable()
    .describe('What the revision that judged the request says about it'),
});

export function requestRoutes({ state, warehouse }: ControlContext): AdminRoute[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/requests/:id',
      summary: 'What happened to one request and why: its row, the account of each stage, its security events, its policy',
      responseSchema: explanationSchema,
      handle: async ({ params }) => {
        const id = params['id']!;
        if (!isRequestId(id)) throw new RefusedError(400, 'a request id is a UUID: the value of x-request-id in the answer');
        const found = await findRequest(warehouse, id);
        if (found === undefined) {
          throw new RefusedError(404, `there is no request ${id}; rows come a second after the answer, and go when their retention ends`);
        }
        const revision = state.revision(found.request.revision);
        return {
          request: found.request,
          stages: accountStages(found),
          events: found.events,
          revision: revision?.manifest ?? null,
          policy: revision === undefined ? null : policyOfRequest(revision.content.document, found.request),
        };
      },
    },
  ];
}
