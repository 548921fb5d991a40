import { buildDenialEvent, eventSubject } from '@sallyport/events';
import { connectIdentity } from '@sallyport/pipeline';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminApi, eventually } from './testing/admin-api.js';
import { sampleDocument, sampleRoute } from './testing/sample-document.js';
import { Stack } from './testing/start-stack.js';

// A UUID version 7 of just now: rows beyond their retention would be dropped.
const requestMs = Date.now();
const requestId = requestMs.toString(16).padStart(12, '0').replace(/^(.{8})/, '$1-') + '-7000-8000-00000000000a';

let stack: Stack;
let api: AdminApi;
let publisher: NatsConnection;

beforeAll(async () => {
  stack = await Stack.start();
  await stack.startService('warehouse');
  const [{ url }] = await Promise.all([stack.startControl(), stack.startService('recorder')]);
  api = new AdminApi(url, stack.token);
  publisher = await connectIdentity({ url: `nats://127.0.0.1:${stack.natsPort}`, credentialsDir: stack.credentialsDir, identity: 'recorder.events', instance: 'test' });
  await api.post('/api/v1/revisions', { document: sampleDocument(sampleRoute('orders')), source: '# orders' });
});

afterAll(async () => {
  await publisher?.close();
  await stack.stop();
});

async function publishDenial(stage: string, reason: 'scope_missing' | 'rate_exceeded', detail = ''): Promise<void> {
  const event = buildDenialEvent({
    stage, instance: 'i', mode: 'deny', reason, detail, route: 'orders', requestId, traceparent: '', revision: 1, timeMs: requestMs, method: 'GET',
    host: 'api.example.com', path: '/orders', clientIp: '192.0.2.1', consumer: 'acme', credentialKind: 'jwt', credentialId: 'x',
  });
  await publisher.request(eventSubject(event), JSON.stringify(event));
}

describe('events', () => {
  it('come in order, those of a type, from a time on, as many as one wants', async () => {
    await publishDenial('auth', 'scope_missing', 'orders:write');
    await publishDenial('quota', 'rate_exceeded');
    const types = async (query: string) => (await api.events(query)).map(({ type }) => type);
    await eventually(async () => expect(await types('type=control.>')).toEqual(['control.policy_applied']));
    expect(await types('type=auth.>')).toEqual(['auth.scope_missing']);
    expect(await types('type=*.rate_exceeded&since=1h')).toEqual(['quota.rate_exceeded']);
    expect(await types('type=routing.>')).toEqual([]);
    expect((await types('')).toSorted()).toEqual(['auth.scope_missing', 'control.policy_applied', 'quota.rate_exceeded']);
    expect(await types('limit=2')).toHaveLength(2);
    expect(await types(`since=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
    expect((await api.get('/api/v1/events?type=auth')).json.detail).toContain('type: must be like');
    expect((await api.get('/api/v1/events?since=yesterday')).status).toBe(400);
  });

  it('say who did what', async () => {
    const { json: key } = await api.post('/api/v1/keys', { consumer: 'acme' });
    await api.delete(`/api/v1/keys/${key.id}`);
    await api.post('/api/v1/revocations', { subject: 'joe' });
    await api.post('/api/v1/revisions', { document: {}, source: '' });
    const expected = ['control.policy_applied', 'control.key_created', 'control.key_revoked', 'control.subject_revoked', 'control.policy_refused'];
    await eventually(async () => expect((await api.events('type=control.>')).map(({ type }) => type)).toEqual(expected));
    const events = await api.events('type=control.>');
    expect(events.map(({ data }) => (data['actor'] as { user: { name: string } }).user.name)).toEqual(events.map(() => 'admin'));
    expect(JSON.stringify(events)).not.toContain(key.key);
  });

  it('that are followed come as they happen, each once, even over a restart of the broker', async () => {
    const abort = new AbortController();
    const response = await api.fetch('/api/v1/events?follow=true&type=auth.>', { signal: abort.signal });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) seen.push(...chunk.split('\n').filter((line) => line !== ''));
    })().catch(() => {});
    const count = () => expect(seen.map((line) => JSON.parse(line).type)).toEqual(seen.map(() => 'auth.scope_missing'));

    await publishDenial('auth', 'scope_missing');
    await publishDenial('quota', 'rate_exceeded');
    await eventually(async () => expect(seen).toHaveLength(1));
    await stack.stopBroker();
    await stack.startBroker();
    await eventually(() => publishDenial('auth', 'scope_missing'));
    await eventually(async () => expect(seen).toHaveLength(2), 30_000);
    count();
    abort.abort();
    await reading;
  });
});

describe('SQL', () => {
  it('is answered in any format', async () => {
    const ask = async (body: object) => {
      const response = await api.fetch('/api/v1/sql', { method: 'POST', body: JSON.stringify(body) });
      return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
    };
    expect(await ask({ query: 'SELECT 1 AS x', format: 'JSONEachRow' })).toMatchObject({ status: 200, text: '{"x":1}\n' });
    expect(await ask({ query: 'SELECT 1 AS x FORMAT CSVWithNames', format: 'JSON' })).toMatchObject({ status: 200, text: '"x"\n1\n' });
    expect((await ask({ query: `SELECT 1 AS x -- ${'long '.repeat(5000)}`, format: 'TSV' })).text).toBe('1\n');
    expect((await ask({ query: 'SELECT 1', format: '../x' })).status).toBe(400);
  });

  it('hands on what ClickHouse has to say against a statement', async () => {
    for (const query of ['SELEC 1', 'SELECT * FROM nowhere', 'DROP TABLE requests', 'INSERT INTO requests SELECT * FROM requests']) {
      const { status, json } = await api.post('/api/v1/sql', { query });
      expect([status, json.detail]).toEqual([400, expect.stringMatching(/^Code: \d+\. DB::Exception: /)]);
    }
  });

  it('streams large results, and stops when the reader leaves', async () => {
    const response = await api.fetch('/api/v1/sql', { method: 'POST', body: JSON.stringify({ query: 'SELECT number FROM numbers(3000000)', format: 'TSV' }) });
    let bytes = 0;
    for await (const chunk of response.body!) bytes += chunk.length;
    expect(bytes).toBe(22_888_890);
    const left = await api.fetch('/api/v1/sql', { method: 'POST', body: JSON.stringify({ query: 'SELECT number FROM numbers(9000000)', format: 'TSV' }) });
    await left.body!.cancel();
    expect((await api.get('/healthz')).status).toBe(200);
  });
});

describe('an explanation', () => {
  it('has the row, the account of each stage, the events and the policy of the revision', async () => {
    const row = {
      ts: (requestMs / 1000).toFixed(3), request_id: requestId, revision: 1, route: 'orders', method: 'GET', path_template: '/orders', status: 403, decision: 'deny',
      stage: 'auth', reason: 'scope_missing', consumer: 'acme', total_us: 900, auth_us: 300,
    };
    await eventually(() => stack.insertRows('requests', [row]));
    const { status, json } = await eventually(async () => {
      const answer = await api.get(`/api/v1/requests/${requestId.toUpperCase()}`);
      expect(answer.json.events?.length).toBeGreaterThan(3);
      return answer;
    });
    expect(status).toBe(200);
    expect(json.request).toMatchObject({ request_id: requestId, ts: new Date(requestMs).toISOString(), total_us: 900, object_ids: {} });
    expect(json.stages.map((stage: { verdict: string }) => stage.verdict)).toEqual(['allow', 'deny', 'unreached', 'unreached', 'unreached']);
    expect(json.stages[1]).toMatchObject({ reason: 'scope_missing', detail: 'orders:write', us: 300 });
    expect(json.revision).toMatchObject({ revision: 1, author: 'admin' });
    expect(json.policy).toMatchObject({ route: { id: 'orders' }, consumer: { plan: 'gold', roles: ['partner'] }, plan: { limits: [{ permits: 50 }] } });
    expect(JSON.stringify(json.policy)).not.toContain('sha256');
  });

  it('is refused for what is no request', async () => {
    expect((await api.get('/api/v1/requests/x')).status).toBe(400);
    expect((await api.get('/api/v1/requests/01900000-0000-7000-8000-0000000000ff')).status).toBe(404);
  });
});
