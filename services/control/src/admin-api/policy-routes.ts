import { z } from 'zod';
import type { ApplyRequest } from '../apply-policy.js';
import type { ControlContext } from '../control-context.js';
import { RefusedError } from '../refused-error.js';
import type { AdminRoute } from './admin-route.js';
import { applyResultSchema, manifestSchema, storedRevisionSchema } from './answer-schemas.js';

const messageSchema = z.string().max(1000).default('');

const applySchema = z.strictObject({
  document: z.unknown().describe('The policy, normalized, as `sallyport check` makes it from a policy file'),
  source: z.string().describe('The text of the policy file'),
  message: messageSchema,
  force: z.boolean().default(false).describe('Makes a revision even if nothing changes'),
});

const rollbackSchema = z.strictObject({ revision: z.int().positive(), message: messageSchema });

export function policyRoutes(context: ControlContext): AdminRoute[] {
  const { state, applier } = context;
  const stored = (revision: number) => {
    const found = state.revision(revision);
    if (found === undefined) throw new RefusedError(404, `there is no revision ${revision}`);
    return found;
  };
  const apply = async (request: ApplyRequest) => {
    try {
      return await applier.apply(request);
    } catch (error) {
      const { author, message } = request;
      if (error instanceof RefusedError && error.status === 422) context.publishAct('policy_refused', 'update', author, error.message, { message });
      throw error;
    }
  };
  return [
    {
      method: 'GET',
      path: '/api/v1/revisions',
      summary: 'All policy revisions, the newest first',
      responseSchema: z.object({ revisions: z.array(manifestSchema) }),
      handle: async () => ({ revisions: state.history }),
    },
    {
      method: 'GET',
      path: '/api/v1/revisions/current',
      summary: 'The revision in force, with its document and source',
      responseSchema: storedRevisionSchema,
      handle: async () => {
        if (state.current === undefined) throw new RefusedError(404, 'there is no policy yet; apply one');
        return state.current;
      },
    },
    {
      method: 'GET',
      path: '/api/v1/revisions/:revision',
      summary: 'One revision, with its document and source',
      responseSchema: storedRevisionSchema,
      handle: async ({ params }) => {
        const text = params['revision']!;
        if (!/^[1-9]\d{0,9}$/.test(text)) throw new RefusedError(400, 'revision: must be a number from 1 on');
        return stored(Number(text));
      },
    },
    {
      method: 'POST',
      path: '/api/v1/revisions',
      summary: 'Makes a revision and waits until every live instance serves it',
      requestSchema: applySchema,
      responseSchema: applyResultSchema,
      handle: async ({ body, actor }) => {
        const { document, source, message, force } = await body(applySchema);
        return apply({ document, source, message, force, author: actor });
      },
    },
    {
      method: 'POST',
      path: '/api/v1/rollback',
      summary: 'Makes a new revision with the content of an older one',
      requestSchema: rollbackSchema,
      responseSchema: applyResultSchema,
      handle: async ({ body, actor }) => {
        const { revision, message } = await body(rollbackSchema);
        const { content } = stored(revision);
        return apply({ ...content, message: message || `rollback to revision ${revision}`, force: false, author: actor });
      },
    },
  ];
}
