import { buildDenialEvent, type DenialEventFacts } from '@sallyport/events';
import { describe, expect, it } from 'vitest';
import { accountStages } from './account-stages.js';
import { isRequestId, type RequestRecord } from './find-request.js';

const row: RequestRecord = {
  ts: '2026-01-01T00:00:00.000Z',
  request_id: '01900000-0000-7000-8000-000000000000',
  revision: 3,
  route: 'orders',
  decision: 'allow',
  stage: '',
  reason: '',
  consumer: 'acme',
  total_us: 5000,
  auth_us: 200,
  quota_us: 100,
  validation_us: 50,
  routing_us: 150,
  upstream: 'orders',
  upstream_us: 4000,
  shadow: [],
  open_failures: [],
};

function event(over: Partial<DenialEventFacts>) {
  return buildDenialEvent({
    stage: 'auth', instance: 'i', mode: 'deny', reason: 'scope_missing', detail: '', route: 'orders', requestId: row.request_id, traceparent: '',
    revision: 3, timeMs: 0, method: 'GET', host: '', path: '/orders', clientIp: '', consumer: 'acme', credentialKind: '', credentialId: '', ...over,
  });
}

function verdicts(request: RequestRecord) {
  return accountStages({ request, events: [] }).map(({ verdict }) => verdict);
}

describe('the account of the stages', () => {
  it('adds up to the whole time', () => {
    const stages = accountStages({ request: row, events: [] });
    expect(stages.map(({ stage, us }) => [stage, us])).toEqual([['ingress', 500], ['auth', 200], ['quota', 100], ['validation', 50], ['routing', 150]]);
    expect(new Set(stages.map(({ verdict }) => verdict))).toEqual(new Set(['allow']));
  });

  it('ends at the stage that denied, with the detail that its event gives', () => {
    const request: RequestRecord = { ...row, decision: 'deny', stage: 'quota', reason: 'rate_exceeded', validation_us: 0, routing_us: 0 };
    const stages = accountStages({ request, events: [event({ stage: 'quota', reason: 'rate_exceeded', detail: '20/s per consumer' })] });
    expect(stages.map(({ verdict }) => verdict)).toEqual(['allow', 'allow', 'deny', 'unreached', 'unreached']);
    expect(stages[2]).toMatchObject({ reason: 'rate_exceeded', detail: '20/s per consumer' });
  });

  it('tells what shadow mode would have refused, at the stage that would have', () => {
    const [, , quota] = accountStages({ request: row, events: [event({ stage: 'quota', mode: 'shadow', reason: 'rate_exceeded', detail: '5/s' })] });
    expect(quota).toMatchObject({ verdict: 'allow', shadow: [{ reason: 'rate_exceeded', detail: '5/s' }] });
  });

  it('tells failures apart from denials', () => {
    expect(verdicts({ ...row, open_failures: ['validation'] })[3]).toBe('open');
    expect(verdicts({ ...row, stage: 'routing', reason: 'upstream_failed' })).toEqual(['allow', 'allow', 'allow', 'allow', 'failed']);
  });

  it('shows where a request had got to when the ingress itself gave it up', () => {
    const request: RequestRecord = { ...row, decision: 'deny', stage: 'ingress', reason: 'stage_unavailable', quota_us: 0, validation_us: 0, routing_us: 0 };
    expect(verdicts(request)).toEqual(['deny', 'allow', 'unreached', 'unreached', 'unreached']);
    expect(verdicts({ ...request, auth_us: 0 })).toEqual(['deny', 'unreached', 'unreached', 'unreached', 'unreached']);
  });
});

describe('request ids', () => {
  it('are UUIDs', () => {
    expect([row.request_id, row.request_id.toUpperCase(), 'x', `${row.request_id}'`].map(isRequestId)).toEqual([true, true, false, false]);
  });
});
