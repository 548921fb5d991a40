import { createHash, generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { connectIdentity } from '@sallyport/pipeline';
import { controlSubjects, type MintedKey, signEntry } from '@sallyport/policy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, sendRequest, TestGateway, Upstream } from './src/index.js';

const readers = ['ingress', 'auth', 'quota', 'validation', 'routing'] as const;
/** What is in front of an entry's content. */
const signatureBytes = 64;
const forger = generateKeyPairSync('ed25519').privateKey;

let upstream: Upstream;
let gateway: TestGateway;
let thief: NatsConnection;
let manager: JetStreamManager;

/** Revision 1 lets everybody in, revision 2 nobody without a key: whoever brings the first one back has broken in. */
const policy = (auth: string) => `
version: 1
consumers: { acme: {} }
upstreams: { up: { targets: [ { url: '${upstream.url}' } ], timeout: 1s } }
routes: [ { id: x, match: { path: /x }, upstream: up, auth: ${auth} } ]
`;
const lax = () => policy('public');
const strict = () => policy('{ any: [ { apiKey: { header: x-api-key } } ] }');

beforeAll(async () => {
  upstream = await Upstream.start();
  gateway = await TestGateway.start({ policy: lax() });
  expect(await gateway.apply(strict())).toBe(2);
  // The thief has control's NATS identity, and so may write to the log, but not the key that signs.
  thief = await connectIdentity({ url: gateway.natsUrl, credentialsDir: join(gateway.dataDir, 'credentials'), identity: 'control', instance: 'thief' });
  manager = await jetstreamManager(thief);
});

afterAll(async () => {
  await thief?.close();
  await gateway?.stop();
  await upstream?.stop();
});

const lastSequence = async () => (await manager.streams.info('KV_control')).state.last_seq;

async function entryOf(subject: string): Promise<Buffer> {
  return Buffer.from((await manager.streams.getMessage('KV_control', { last_by_subj: subject }))!.data);
}

async function put(subject: string, entry: Buffer): Promise<void> {
  const answer = await thief.request(subject, entry);
  expect(answer.json()).toMatchObject({ stream: 'KV_control' });
}

async function putForged(subject: string, content: Buffer): Promise<void> {
  await put(subject, signEntry(forger, subject, (await lastSequence()) + 1, content));
}

/** Every reader has read the log to its end, said of every forged entry that it is none, and judges as before. */
async function expectRefused(forgedSoFar: number): Promise<void> {
  const end = await lastSequence();
  interface Status {
    readonly instances: { readonly service: string; readonly revision: number; readonly controlSequence: number }[];
  }
  await eventually('all readers to have read the log to its end', async () => {
    const { instances } = await gateway.admin<Status>('GET', '/api/v1/status');
    const those = instances.filter(({ service }) => (readers as readonly string[]).includes(service));
    expect(those.map(({ revision }) => revision)).toEqual(readers.map(() => 2));
    return those.every(({ controlSequence }) => controlSequence >= end) ? true : undefined;
  });
  for (const reader of readers) {
    await eventually(`${reader} to tell of the forged entries`, async () => {
      const told = await gateway.eventsOfType(`${reader}.control_entry_forged`);
      return told.length >= forgedSoFar ? true : undefined;
    });
  }
  expect((await sendRequest(gateway.url, '/x')).status).toBe(401);
}

describe('with control’s NATS identity and without its key', () => {
  it('a revision signed by another key is refused by every reader', async () => {
    const packed = (await entryOf(controlSubjects.revisionPart(1, 0))).subarray(signatureBytes);
    const sha256 = createHash('sha256').update(packed).digest('hex');
    const manifest = { revision: 3, sha256, parts: 1, createdAtMs: Date.now(), author: 'thief', message: '' };
    await putForged(controlSubjects.revisionPart(3, 0), packed);
    await putForged(controlSubjects.revision(3), Buffer.from(JSON.stringify(manifest)));
    await expectRefused(2);
  });

  it('a genuine revision that comes again, at its own place or at another, is refused by every reader', async () => {
    const part = await entryOf(controlSubjects.revisionPart(1, 0));
    const manifest = await entryOf(controlSubjects.revision(1));
    await put(controlSubjects.revisionPart(1, 0), part);
    await put(controlSubjects.revision(1), manifest);
    await put(controlSubjects.revisionPart(4, 0), part);
    await put(controlSubjects.revision(4), manifest);
    await expectRefused(6);
  });

  it('a key of the thief’s own opens nothing', async () => {
    const key = 'sp_thief_0123456789abcdefghijklmnop';
    const sha256 = createHash('sha256').update(key).digest('hex');
    const minted: MintedKey = { id: 'thief', consumer: 'acme', sha256, scopes: [], createdAtMs: 1, expiresAtMs: null, revokedAtMs: null };
    await putForged(controlSubjects.key('thief'), Buffer.from(JSON.stringify(minted)));
    await expectRefused(7);
    expect((await sendRequest(gateway.url, '/x', { headers: { 'x-api-key': key } })).status).toBe(401);
  });

  it('a reader that starts anew refuses them as well', async () => {
    const [pid] = await gateway.pids('auth');
    process.kill(pid!, 'SIGKILL');
    await eventually('auth to come back', async () => ((await sendRequest(gateway.url, '/x')).status === 401 ? true : undefined));
  });

  it('control goes on to write revisions that hold', async () => {
    const revision = await gateway.apply(lax());
    expect(revision).toBeGreaterThan(2);
    expect((await sendRequest(gateway.url, '/x')).status).toBe(200);
  });
});
