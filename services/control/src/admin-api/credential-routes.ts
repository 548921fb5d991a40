import { controlSubjects, type MintedKey, type Revocation } from '@sallyport/policy';
import { hash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { RefusedError } from '../apply-policy.js';
import type { ControlContext } from '../control-context.js';
import { policyKeyConsumer } from '../control-state.js';
import type { AdminRoute } from './router.js';

const actor = 'admin';

const keySchema = z.strictObject({
  consumer: z.string().min(1),
  scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'a scope is printable ASCII without spaces')).default([]),
  expiresAtMs: z.number().int().positive().nullable().default(null),
});

const revocationSchema = z.union([
  z.strictObject({ tokenId: z.string().min(1).max(1000) }),
  z.strictObject({ subject: z.string().min(1).max(1000) }),
]);

/** A key as it may be shown: everything but its digest. */
function shown({ sha256: _, ...key }: MintedKey): Omit<MintedKey, 'sha256'> {
  return key;
}

export function credentialRoutes(context: ControlContext): AdminRoute[] {
  const { state, writer } = context;
  return [
    {
      method: 'GET',
      path: '/api/v1/keys',
      summary: 'All API keys that were made here; the keys themselves are kept nowhere',
      handle: async () => ({ keys: state.keys.map(shown) }),
    },
    {
      method: 'POST',
      path: '/api/v1/keys',
      summary: 'Makes an API key for a consumer and shows it this once',
      requestSchema: keySchema,
      handle: async ({ body }) => {
        const { consumer, scopes, expiresAtMs } = await body(keySchema);
        const known = state.current?.content.document.consumers ?? {};
        if (!Object.hasOwn(known, consumer)) throw new RefusedError(422, `the policy has no consumer ${consumer}`);
        if (expiresAtMs !== null && expiresAtMs <= Date.now()) throw new RefusedError(422, 'the key would have expired already');
        const key = `sp_${randomBytes(32).toString('base64url')}`;
        const minted: MintedKey = {
          id: `k_${randomBytes(8).toString('hex')}`,
          consumer,
          sha256: hash('sha256', key, 'hex'),
          scopes,
          createdAtMs: Date.now(),
          expiresAtMs,
          revokedAtMs: null,
        };
        await writer.append(controlSubjects.key(minted.id), minted);
        await context.readLog();
        context.publishAct('key_created', 'create', actor, `Key ${minted.id} was made for ${consumer}.`, shown(minted));
        return { ...shown(minted), key };
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/keys/:id',
      summary: 'Revokes an API key, one made here or one of the policy file',
      handle: async ({ params }) => {
        const id = params['id']!;
        const minted = state.key(id);
        const document = state.current?.content.document;
        const ofPolicy = document === undefined ? undefined : policyKeyConsumer(document, id);
        if (minted === undefined && ofPolicy === undefined) throw new RefusedError(404, `there is no key ${id}`);
        const revokedAtMs = minted?.revokedAtMs ?? Date.now();
        if (minted !== undefined && minted.revokedAtMs === null) {
          await writer.append(controlSubjects.key(id), { ...minted, revokedAtMs });
        }
        const revocation: Revocation = { kind: 'key', value: id, revokedAtMs };
        await writer.append(controlSubjects.revocation('key', id), revocation);
        await context.readLog();
        context.publishAct('key_revoked', 'delete', actor, `Key ${id} was revoked.`, {
          id,
          consumer: minted?.consumer ?? ofPolicy,
        });
        return { id, revokedAtMs };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/revocations',
      summary: 'Revoked token ids, subjects and keys',
      handle: async () => ({ revocations: state.revocations }),
    },
    {
      method: 'POST',
      path: '/api/v1/revocations',
      summary: 'Revokes a token by its id (jti), or all tokens of a subject issued up to now',
      requestSchema: revocationSchema,
      handle: async ({ body }) => {
        const wish = await body(revocationSchema);
        const kind = 'tokenId' in wish ? 'token-id' : 'subject';
        const value = 'tokenId' in wish ? wish.tokenId : wish.subject;
        const revocation: Revocation = { kind, value, revokedAtMs: Date.now() };
        await writer.append(controlSubjects.revocation(kind, value), revocation);
        await context.readLog();
        context.publishAct(kind === 'token-id' ? 'token_revoked' : 'subject_revoked', 'delete', actor, `A ${kind} was revoked.`, {
          [kind === 'token-id' ? 'token_id' : 'subject']: value,
        });
        return revocation;
      },
    },
  ];
}
