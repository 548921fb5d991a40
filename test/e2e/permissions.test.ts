import { generateKeyPairSync } from 'node:crypto';
import { accountTable, connectIdentity, ensureControlKeys, ensureIdentities, type IdentityName, renderNatsConfig, type StageName, stageNames, stageTable } from '@sallyport/pipeline';
import { signEntry, verifyEntry } from '@sallyport/policy';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers as createHeaders, type NatsConnection } from '@nats-io/transport-node';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findNatsServer } from '@sallyport/local';
import { eventually } from './src/index.js';

/** Subjects of the whole pipeline, with an instance where there is one. */
const pipelineSubjects = [
  'p.auth',
  'p.quota.x',
  'p.validation',
  'p.routing',
  'p.deny.ingress.x',
  'p.response.ingress.x',
  'p.pull.ingress.x',
  'p.body.validation.x',
  'p.body.routing.x',
  'p.credit.routing.x',
];
/** Every identity outside the pipeline but control's own, which is what writes the log. */
const otherIdentities = Object.values(accountTable)
  .flatMap(({ identities }) => Object.keys(identities) as IdentityName[])
  .filter((identity) => identity !== 'control' && !(stageNames as readonly string[]).includes(identity));

let dir: string;
let server: ChildProcess;
let url: string;
const open: NatsConnection[] = [];

async function as(identity: IdentityName): Promise<NatsConnection> {
  const connection = await connectIdentity({ url, credentialsDir: dir, identity, instance: `t${open.length}` });
  open.push(connection);
  return connection;
}

/** Whether the broker takes a publish; it answers a refusal with an error on the connection. */
async function mayPublish(connection: NatsConnection, subject: string): Promise<boolean> {
  let refused = false;
  const watch = (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'error' && String(status.error).includes('Permissions Violation')) refused = true;
    }
  })();
  void watch;
  connection.publish(subject, 'x');
  await connection.flush();
  await new Promise((resolve) => setTimeout(resolve, 20));
  return !refused;
}

async function maySubscribe(connection: NatsConnection, subject: string, queue?: string): Promise<boolean> {
  let refused = false;
  const subscription = connection.subscribe(subject, {
    ...(queue === undefined ? {} : { queue }),
    callback: (error) => {
      if (error !== null) refused = true;
    },
  });
  await connection.flush();
  await new Promise((resolve) => setTimeout(resolve, 20));
  if (!refused) subscription.unsubscribe();
  return !refused;
}

function covers(pattern: string, subject: string): boolean {
  const parts = pattern.split('.');
  const tokens = subject.split('.');
  return parts.every((part, i) => part === '>' || part === '*' || part === tokens[i]) && (parts.at(-1) === '>' || parts.length === tokens.length);
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-nats-'));
  const publicKeys = ensureIdentities(dir);
  ensureControlKeys(dir);
  const port = await new Promise<number>((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address() as { port: number };
      probe.close(() => resolve(free));
    });
  });
  writeFileSync(join(dir, 'nats.conf'), renderNatsConfig({ host: '127.0.0.1', port, storeDir: join(dir, 'js'), publicKeys }));
  server = spawn(findNatsServer(), ['-c', join(dir, 'nats.conf')], { stdio: 'ignore' });
  url = `nats://127.0.0.1:${port}`;
  await eventually('nats-server', async () => {
    try {
      return await as('control');
    } catch {
      return undefined;
    }
  });
  const control = open[0]!;
  const manager = await jetstreamManager(control);
  await manager.streams.add({ name: 'KV_control', subjects: ['$KV.control.>'], max_msgs_per_subject: 1, allow_direct: true, deny_delete: true, deny_purge: true });
  await jetstream(control).publish('$KV.control.revision.1', 'genuine');
  const events = await jetstreamManager(await as('recorder.events'));
  await events.streams.add({ name: 'SECURITY', subjects: ['security.>'], allow_direct: true });
  const records = await jetstreamManager(await as('recorder'));
  await records.streams.add({ name: 'TELEMETRY', subjects: ['telemetry.*'], allow_direct: true });
});

afterAll(async () => {
  await Promise.all(open.map((connection) => connection.close()));
  server.kill();
  rmSync(dir, { recursive: true, force: true });
});

describe.each(stageNames)('with the credentials of %s', (stage: StageName) => {
  it('only what the table says can be published', async () => {
    for (const subject of pipelineSubjects) {
      const connection = await as(stage);
      const expected = stageTable[stage].publish.some((pattern) => covers(pattern, subject));
      expect(await mayPublish(connection, subject), `${stage} publishes ${subject}`).toBe(expected);
      await connection.close();
    }
  });

  it('no other inbox, no other stage and no other queue can be listened to', async () => {
    const connection = await as(stage);
    const own = stageTable[stage].subscribe;
    expect(await maySubscribe(connection, '_INBOX.>')).toBe(false);
    expect(await maySubscribe(connection, '>')).toBe(false);
    for (const subject of pipelineSubjects) {
      const allowed = own.some((pattern) => !pattern.includes(' ') && covers(pattern, subject));
      expect(await maySubscribe(connection, subject), `${stage} subscribes ${subject}`).toBe(allowed);
      expect(await maySubscribe(connection, subject, 'thief'), `${stage} joins a queue of ${subject}`).toBe(allowed);
    }
    await connection.close();
  });

  it('JetStream is out of reach', async () => {
    for (const api of ['$JS.API.INFO', '$JS.API.STREAM.CREATE.EVIL', '$JS.API.DIRECT.GET.KV_control', '$KV.control.revision.9']) {
      expect(await mayPublish(await as(stage), api), api).toBe(false);
    }
  });
});

describe.each(otherIdentities)('by way of JetStream, with the credentials of %s', (identity) => {
  it('nothing reaches a stage, and the control log stays as it was', async () => {
    const reached: string[] = [];
    const listeners: NatsConnection[] = [];
    for (const stage of stageNames) {
      const listener = await as(stage);
      listeners.push(listener);
      for (const pattern of stageTable[stage].subscribe) {
        const [subject, queue] = pattern.split(' ');
        listener.subscribe(subject!, {
          ...(queue === undefined ? {} : { queue }),
          callback: (error, message) => {
            if (error === null) reached.push(message.subject);
          },
        });
      }
      await listener.flush();
    }
    (await as('ingress')).publish('p.auth', 'genuine');
    await eventually('a genuine message to reach its stage', async () => (reached.includes('p.auth') ? true : undefined));
    reached.length = 0;

    const targets = ['p.auth', 'p.quota.x', 'p.validation', 'p.routing', '$KV.control.revision.1', '$KV.control.revision.2', 'telemetry.evil'];
    const thief = await as(identity);
    void (async () => {
      for await (const _ of thief.status());
    })();
    for (const reply of targets) {
      for (const [subject, body] of [
        ['control.get', '{"seq":1}'],
        ['telemetry_get', '{"last_by_subj":"telemetry.x"}'],
        ['$JS.API.DIRECT.GET.KV_control', '{"seq":1}'],
        ['$JS.API.DIRECT.GET.SECURITY', '{"seq":1}'],
        ['$JS.API.CONSUMER.MSG.NEXT.SECURITY.thief', '{"batch":1}'],
        ['telemetry.thief', 'x'],
        [`security.${identity.split('.')[0]}.fake.route`, 'x'],
      ] as const) {
        thief.publish(subject, body, { reply });
      }
      const consumer = { stream_name: 'SECURITY', config: { deliver_subject: reply, deliver_policy: 'all', ack_policy: 'none' } };
      thief.publish('$JS.API.CONSUMER.CREATE.SECURITY', JSON.stringify(consumer), { reply: `_INBOX.${identity.split('.')[0]}.x` });
      thief.publish(`$JS.API.STREAM.CREATE.EVIL`, JSON.stringify({ name: 'EVIL', subjects: ['p.>'] }), { reply });
      const rollup = createHeaders();
      rollup.set('Nats-Rollup', 'all');
      thief.publish('$KV.control.revision.1', 'forged', { headers: rollup, reply });
    }
    await thief.flush();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(reached).toEqual([]);
    // Who stays in a queue would catch what the next identity brings about.
    await Promise.all(listeners.map((listener) => listener.close()));
    const manager = await jetstreamManager(open[0]!);
    const { state } = await manager.streams.info('KV_control');
    expect(state).toMatchObject({ messages: 1, last_seq: 1 });
    expect((await manager.streams.getMessage('KV_control', { seq: 1 }))?.string()).toBe('genuine');
  });
});

describe('an entry of the control log', () => {
  const control = generateKeyPairSync('ed25519');
  const thief = generateKeyPairSync('ed25519');
  const content = Buffer.from('{"revision":2}');
  const genuine = signEntry(control.privateKey, '$KV.control.revision.2', 7, content);

  it('is accepted at its own place alone', () => {
    const at = (subject: string, sequence: number, entry: Buffer) => verifyEntry(control.publicKey, subject, sequence, entry);
    expect(at('$KV.control.revision.2', 7, genuine)).toEqual(content);
    expect(at('$KV.control.revision.3', 7, genuine)).toBeUndefined();
    expect(at('$KV.control.revision.2', 8, genuine)).toBeUndefined();
    const forged = signEntry(thief.privateKey, '$KV.control.revision.2', 7, content);
    expect(at('$KV.control.revision.2', 7, forged)).toBeUndefined();
    expect(at('$KV.control.revision.2', 7, Buffer.from('short'))).toBeUndefined();
  });
});
