import { reasons } from '@sallyport/verdict';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildActEvent, buildDenialEvent, type CloudEvent, eventSubject } from './index.js';

const schemasDir = join(import.meta.dirname, '../../../../shared/data/events');
const classNames: Record<number, string> = { 3002: 'authentication', 4002: 'http_activity', 6003: 'api_activity' };

const facts = {
  stage: 'auth',
  instance: 'a1',
  mode: 'deny',
  detail: 'Send a credential.',
  route: 'orders',
  requestId: '01900000-0000-7000-8000-000000000000',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  revision: 3,
  timeMs: 1_764_000_000_000,
  method: 'GET',
  host: 'api.example.com',
  path: '/orders',
  clientIp: '192.0.2.1',
  consumer: 'acme',
  credentialKind: 'jwt',
  credentialId: 'acme-app',
} as const;

describe.skipIf(!existsSync(schemasDir))('events against the published schemas (skipped where they are not at hand)', () => {
  const ocsf = JSON.parse(readFileSync(join(schemasDir, 'ocsf-classes.schema.json'), 'utf8')) as Record<string, object>;
  const ajv2020 = new Ajv2020({ strict: false });
  const ajv = new Ajv({ strict: false });
  (formats as unknown as (a: Ajv) => void)(ajv2020 as unknown as Ajv);
  (formats as unknown as (a: Ajv) => void)(ajv);
  const cloudEvent = ajv.compile(JSON.parse(readFileSync(join(schemasDir, 'cloudevents.schema.json'), 'utf8')) as object);
  const classes = new Map(Object.values(classNames).map((name) => [name, ajv2020.compile(ocsf[name]!)]));

  function expectValid(event: CloudEvent): void {
    expect(cloudEvent(event), JSON.stringify(cloudEvent.errors)).toBe(true);
    const check = classes.get(classNames[event.data['class_uid'] as number]!)!;
    expect(check(event.data), JSON.stringify(check.errors)).toBe(true);
  }

  it.each(reasons)('the event of %s is valid CloudEvents and OCSF in every mode', (reason) => {
    for (const mode of ['deny', 'shadow', 'open'] as const) expectValid(buildDenialEvent({ ...facts, mode, reason }));
  });

  it('the event of an act is valid CloudEvents and OCSF', () => {
    expectValid(
      buildActEvent({
        stage: 'control',
        instance: 'c1',
        act: 'policy_applied',
        activity: 'update',
        actor: 'admin',
        timeMs: facts.timeMs,
        severity: 'informational',
        message: 'Revision 4 is in force.',
        facts: { revision: 4 },
      }),
    );
  });
});

describe('the subject of an event', () => {
  it('is security, stage, reason and route', () => {
    expect(eventSubject(buildDenialEvent({ ...facts, reason: 'scope_missing' }))).toBe('security.auth.scope_missing.orders');
  });
});
