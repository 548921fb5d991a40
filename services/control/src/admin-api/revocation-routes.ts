import { controlSubjects, type Revocation } from '@sallyport/policy';
import { z } from 'zod';
import type { ControlContext } from '../control-context.js';
import type { AdminRoute } from './admin-route.js';
import { revocationSchema } from './answer-schemas.js';

const newRevocationSchema = z.union([
  z.strictObject({ tokenId: z.string().min(1).max(1000).describe('The `jti` of the token') }),
  z.strictObject({ subject: z.string().min(1).max(1000).describe('The `sub` of the tokens') }),
]);

export function revocationRoutes(context: ControlContext): AdminRoute[] {
  const { state, writer } = context;
  return [
    {
      method: 'GET',
      path: '/api/v1/revocations',
      summary: 'Revoked token ids, subjects and keys',
      responseSchema: z.object({ revocations: z.array(revocationSchema) }),
      handle: async () => ({ revocations: state.revocations }),
    },
    {
      method: 'POST',
      path: '/api/v1/revocations',
      summary: 'Revokes a token by its id (jti), or all tokens of a subject issued up to now',
      requestSchema: newRevocationSchema,
      responseSchema: revocationSchema,
      handle: async ({ body, actor }) => {
        const wish = await body(newRevocationSchema);
        const kind = 'tokenId' in wish ? 'token-id' : 'subject';
        const value = 'tokenId' in wish ? wish.tokenId : wish.subject;
        const revocation: Revocation = { kind, value, revokedAtMs: Date.now() };
        await context.readByAuth(await writer.append(controlSubjects.revocation(kind, value), revocation));
        if (kind === 'token-id') context.publishAct('token_revoked', 'delete', actor, 'A token was revoked.', { token_id: value });
        else context.publishAct('subject_revoked', 'delete', actor, 'All tokens of a subject up to now were revoked.', { subject: value });
        return revocation;
      },
    },
  ];
}
