import type { ActEventFacts } from '@sallyport/events';
import type { Logger, Registry } from '@sallyport/observe';
import type { NatsConnection } from '@nats-io/transport-node';
import type { PolicyApplier } from './apply-policy.js';
import type { ControlLogWriter } from './control-log-writer.js';
import type { ControlState } from './control-state.js';
import type { Instances } from './instances.js';

/** What the admin API works with. */
export interface ControlContext {
  readonly state: ControlState;
  readonly writer: ControlLogWriter;
  readonly applier: PolicyApplier;
  readonly instances: Instances;
  readonly registry: Registry;
  readonly logger: Logger;
  /** Reads security events; a connection of its own, in another account. */
  readonly events: NatsConnection;
  readonly clickhouseUrl: string;
  readonly brokerUp: () => boolean;
  /** Brings `state` up to the end of the control log. */
  readonly readLog: () => Promise<void>;
  readonly publishAct: (
    act: string,
    activity: ActEventFacts['activity'],
    actor: string,
    message: string,
    facts: Readonly<Record<string, unknown>>,
  ) => void;
}
