import { controlSubjects, type MintedKey, type Revocation } from '@sallyport/policy';
import { hash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { ControlContext } from '../control-context.js';
import { policyKeyConsumer } from '../control-state.js';
import { RefusedError } from '../refused-error.js';
import type { AdminRoute } from './admin-route.js';
import { keySchema } from './answer-schemas.js';

const newKeySchema = z.strictObject({
  consumer: z.string().min(1).describe('Of the policy in force'),
  scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'a scope is printable ASCII without spaces')).default([]),
  expiresAtMs: z.int().positive().nullable().default(null).describe('Milliseconds since the epoch; null: never'),
});

type ShownKey = z.output<typeof keySchema>;

export function keyRoutes(context: ControlContext): AdminRoute[] {
  const { state, writer } = context;
  return [
    {
      method: 'GET',
      path: '/api/v1/keys',
      summary: 'All API keys, those made here and those of the policy in force; the keys themselves are kept nowhere',
      responseSchema: z.object({ keys: z.array(keySchema) }),
      handle: async () => ({ keys: [...state.keys.map(showMinted), ...policyKeys(context)] }),
    },
    {
      method: 'POST',
      path: '/api/v1/keys',
      summary: 'Makes an API key for a consumer and shows it this once',
      requestSchema: newKeySchema,
      responseSchema: keySchema.extend({ key: z.string() }),
      handle: async ({ body, actor }) => {
        const { consumer, scopes, expiresAtMs } = await body(newKeySchema);
        const known = Object.keys(state.current?.content.document.consumers ?? {});
        if (!known.includes(consumer)) {
          throw new RefusedError(422, `the policy in force has no consumer ${consumer}; it has ${known.join(', ') || 'none'}`);
        }
        if (expiresAtMs !== null && expiresAtMs <= Date.now()) throw new RefusedError(422, 'the key would have expired already');
        const key = `sp_${randomBytes(32).toString('base64url')}`;
        const minted: MintedKey = {
          id: `k_${randomBytes(8).toString('hex')}`,
          consumer,
          sha256: hash('sha256', key, 'hex'),
          scopes: [...new Set(scopes)],
          createdAtMs: Date.now(),
          expiresAtMs,
          revokedAtMs: null,
        };
        await context.readByAuth(await writer.append(controlSubjects.key(minted.id), minted));
        const shown = showMinted(minted);
        context.publishAct('key_created', 'create', actor, `Key ${minted.id} was made for ${consumer}.`, shown);
        return { ...shown, key };
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/keys/:id',
      summary: 'Revokes an API key, one made here or one of the policy file',
      responseSchema: z.object({ id: z.string(), revokedAtMs: z.int() }),
      handle: async ({ params, actor }) => {
        const id = params['id']!;
        const minted = state.key(id);
        const document = state.current?.content.document;
        const consumer = minted?.consumer ?? (document === undefined ? undefined : policyKeyConsumer(document, id));
        if (consumer === undefined) throw new RefusedError(404, `there is no key ${id}`);
        const before = state.revocation('key', id);
        if (before !== undefined) return { id, revokedAtMs: before.revokedAtMs };
        const revokedAtMs = Date.now();
        const revocation: Revocation = { kind: 'key', value: id, revokedAtMs };
        let sequence = await writer.append(controlSubjects.revocation('key', id), revocation);
        if (minted !== undefined) sequence = await writer.append(controlSubjects.key(id), { ...minted, revokedAtMs });
        await context.readByAuth(sequence);
        context.publishAct('key_revoked', 'delete', actor, `Key ${id} of ${consumer} was revoked.`, { id, consumer });
        return { id, revokedAtMs };
      },
    },
  ];
}

/** A key as it may be shown: everything but its digest. */
function showMinted({ id, consumer, scopes, createdAtMs, expiresAtMs, revokedAtMs }: MintedKey): ShownKey {
  return { id, consumer, scopes: [...scopes], createdAtMs, expiresAtMs, revokedAtMs, origin: 'minted' };
}

function policyKeys({ state }: ControlContext): ShownKey[] {
  const consumers = Object.entries(state.current?.content.document.consumers ?? {});
  return consumers.flatMap(([consumer, { keys }]) =>
    keys.map(({ id, scopes, expiresAtMs }): ShownKey => ({
      id,
      consumer,
      scopes: [...scopes],
      createdAtMs: null,
      expiresAtMs,
      revokedAtMs: state.revocation('key', id)?.revokedAtMs ?? null,
      origin: 'policy',
    })),
  );
}
