import { type CloudEvent, frameEvent } from './cloud-event.js';
import { ocsfBase, ocsfClasses, type Severity } from './ocsf.js';

/** Something that somebody did to the gateway, or that happened to one of its services, rather than to a request. */
export interface ActEventFacts {
  readonly stage: string;
  readonly instance: string;
  /** Last part of the event's type: `policy_applied`, `key_revoked`, `records_gap`. */
  readonly act: string;
  readonly activity: 'create' | 'read' | 'update' | 'delete' | 'other';
  /** Who did it; a service's own name where nobody did. */
  readonly actor: string;
  readonly timeMs: number;
  readonly severity: Severity;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

const activities = { create: 1, read: 2, update: 3, delete: 4, other: 99 } as const;

/** The event of an act: API Activity (6003). */
export function buildActEvent(act: ActEventFacts): CloudEvent {
  const data = {
    ...ocsfBase(ocsfClasses.apiActivity, activities[act.activity], act.severity, act.timeMs, undefined),
    actor: { user: { name: act.actor } },
    api: { operation: act.act, service: { name: act.stage } },
    src_endpoint: { name: act.stage, instance_uid: act.instance },
    message: act.message,
    unmapped: act.facts,
  };
  return frameEvent({ stage: act.stage, instance: act.instance, reason: act.act, route: '_', timeMs: act.timeMs }, data);
}
