import type { PolicyDocument } from '@sallyport/policy';
import { z } from 'zod';
import { RefusedError } from '../apply-policy.js';
import type { ControlContext } from '../control-context.js';
import type { AdminRoute } from './router.js';

const actor = 'admin';

/** The parts that every reader relies on; the rest was checked where the file was read, and is compiled before it is stored. */
const documentSchema = z.looseObject({
  version: z.literal(1),
  issuers: z.record(z.string(), z.unknown()),
  plans: z.record(z.string(), z.unknown()),
  consumers: z.record(z.string(), z.unknown()),
  upstreams: z.record(z.string(), z.unknown()),
  routes: z.array(z.looseObject({ id: z.string() })),
  documents: z.record(z.string(), z.unknown()),
});

const applySchema = z.strictObject({
  document: documentSchema,
  source: z.string(),
  message: z.string().max(1000).default(''),
  force: z.boolean().default(false),
});

const rollbackSchema = z.strictObject({ revision: z.int().positive(), message: z.string().max(1000).default('') });

export function policyRoutes(context: ControlContext): AdminRoute[] {
  const { state, applier } = context;
  const stored = (number: string) => {
    const revision = state.revision(Number(number));
    if (revision === undefined) throw new RefusedError(404, `there is no revision ${number}`);
    return revision;
  };
  const apply = async (document: PolicyDocument, source: string, message: string, force: boolean) => {
    try {
      const result = await applier.apply({ document, source, message, author: actor, force });
      if (result.changed) {
        context.publishAct('policy_applied', 'update', actor, `Revision ${result.revision} is in force.`, {
          revision: result.revision,
          message,
        });
      }
      return result;
    } catch (error) {
      if (error instanceof RefusedError) context.publishAct('policy_refused', 'update', actor, error.message, { message });
      throw error;
    }
  };
  return [
    {
      method: 'GET',
      path: '/api/v1/revisions',
      summary: 'All policy revisions, the newest first',
      handle: async () => ({ revisions: state.history }),
    },
    {
      method: 'GET',
      path: '/api/v1/revisions/current',
      summary: 'The revision in force, with its document and source',
      handle: async () => state.current ?? stored('0'),
    },
    {
      method: 'GET',
      path: '/api/v1/revisions/:revision',
      summary: 'One revision, with its document and source',
      handle: async ({ params }) => stored(params['revision']!),
    },
    {
      method: 'POST',
      path: '/api/v1/revisions',
      summary: 'Makes a revision and waits until every live instance serves it',
      requestSchema: applySchema,
      handle: async ({ body }) => {
        const { document, source, message, force } = await body(applySchema);
        return apply(document as unknown as PolicyDocument, source, message, force);
      },
    },
    {
      method: 'POST',
      path: '/api/v1/rollback',
      summary: 'Makes a new revision with the content of an older one',
      requestSchema: rollbackSchema,
      handle: async ({ body }) => {
        const { revision, message } = await body(rollbackSchema);
        const { content } = stored(String(revision));
        return apply(content.document, content.source, message || `rollback to revision ${revision}`, false);
      },
    },
  ];
}
