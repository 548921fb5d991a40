import type { RoutePolicy } from '@sallyport/policy';
import { describe, expect, it } from 'vitest';
import { describeLimit } from './describe-rules.js';
import type { Explanation, StageAccount } from './explanation.js';
import { renderExplanation } from './render-explanation.js';

const route: RoutePolicy = {
  id: 'orders', match: { hosts: ['api.example.com'], paths: ['/orders/:id'], methods: ['GET'] }, upstream: 'orders',
  auth: { kind: 'any', alternatives: [{ kind: 'jwt', issuer: 'main' }], scopes: ['orders:read'], roles: ['partner'] },
  limits: [{ kind: 'rate', permits: 20, periodMs: 1000, burst: 40, per: 'consumer' }], validate: { openapi: 'x', waf: 'off', maxBodyBytes: 1024 },
  onFailure: { quota: 'closed', validation: 'closed' }, audit: 'async', forwardCredential: false, shadow: ['schema'], deprecated: null,
};

function stage(name: string, verdict: StageAccount['verdict'], over: Partial<StageAccount> = {}): StageAccount {
  return { stage: name, verdict, us: 100, reason: '', detail: '', shadow: [], ...over };
}

const allowed: Explanation = {
  request: {
    ts: '2026-01-01T00:00:00.000Z', request_id: '01900000-0000-7000-8000-00000000000a', trace_id: '', revision: 3, route: 'orders', method: 'GET', path_template: '/orders/:id',
    status: 200, decision: 'allow', stage: '', reason: '', consumer: 'acme', credential_kind: 'jwt', credential_id: 'x', client_ip: '192.0.2.1', tls: '', bytes_in: 0, bytes_out: 12,
    total_us: 4500, upstream: 'orders', upstream_us: 4000, upstream_status: 200, object_ids: { id: '7' },
  },
  stages: [stage('ingress', 'allow'), stage('auth', 'allow'), stage('quota', 'allow'), stage('validation', 'allow', { shadow: [{ reason: 'schema_violation', detail: '/body' }] }), stage('routing', 'allow')],
  events: [],
  revision: { revision: 3, sha256: '', parts: 1, createdAtMs: 0, author: 'admin', message: 'gold' },
  policy: {
    route, upstream: { targets: [{ url: 'http://127.0.0.1:7001', weight: 1 }], timeoutMs: 5000 }, consumer: { roles: ['partner'], plan: 'gold' },
    plan: { limits: [{ kind: 'quota', amount: 100000, period: 'day', per: 'consumer' }] },
  },
};

function render(explanation: Explanation): string {
  return renderExplanation(explanation, (_, text) => text);
}

describe('the explanation of a request', () => {
  it('goes from what it was, through the stages and their rules, to the upstream', () => {
    expect(render(allowed)).toBe(`GET /orders/:id → 200  allowed
request     01900000-0000-7000-8000-00000000000a at 2026-01-01T00:00:00.000Z, 4.50 ms
caller      acme with jwt x, from 192.0.2.1
objects     id=7
bytes       0 in, 12 out
revision    3, applied 1970-01-01T00:00:00Z by admin: gold

ingress     allowed      0.10 ms   route orders takes GET on /orders/:id of api.example.com
auth        allowed      0.10 ms   asks for a token of issuer main
                                   needs the scopes orders:read
                                   needs one of the roles partner
quota       allowed      0.10 ms   route: 20/s per consumer, 40 at once
                                   plan gold: 100000 a day per consumer
validation  allowed      0.10 ms   would have been denied, but is in shadow mode: schema_violation: /body
                                   OpenAPI contract, body up to 1024 bytes, in shadow mode
routing     allowed      0.10 ms   upstream orders: http://127.0.0.1:7001, within 5000 ms
upstream    answered 200 4.00 ms   orders`);
  });

  it('says what a failing upstream did', () => {
    const text = render({
      ...allowed,
      request: { ...allowed.request, status: 504, decision: 'deny', stage: 'routing', reason: 'upstream_timeout', upstream_status: 0 },
      stages: allowed.stages.map((s) => (s.stage === 'routing' ? { ...s, verdict: 'deny', reason: 'upstream_timeout' } : s)),
    });
    expect(text).toContain('GET /orders/:id → 504  denied by routing: upstream_timeout (The service behind the gateway did not answer in time)');
    expect(text).toMatch(/\nrouting {5}DENIED {7}0\.10 ms {3}upstream_timeout\n/);
    expect(text).toMatch(/\nupstream {4}no answer {4}4\.00 ms/);
  });

  it('does without a policy that is not known, and without a route', () => {
    const text = render({ ...allowed, policy: null, revision: null, request: { ...allowed.request, path_template: '', route: '_', reason: 'client_closed' } });
    expect(text).toContain('GET (no route) → 200  allowed, then client_closed (The client closed the connection)');
    expect(text).toMatch(/\nrevision {4}3\n/);
    expect(render({ ...allowed, policy: { route: null, upstream: null, consumer: null, plan: null } })).toMatch(/\nauth {8}allowed {6}0\.10 ms\n/);
  });
});

describe('limits', () => {
  it('are said as one would', () => {
    expect(describeLimit({ kind: 'rate', permits: 5, periodMs: 60_000, burst: 5, per: 'ip' })).toBe('5/m per ip, 5 at once');
    expect(describeLimit({ kind: 'rate', permits: 5, periodMs: 250, burst: 1, per: 'route' })).toBe('5/250 ms per route, 1 at once');
  });
});
