import type { ActEventFacts } from '@sallyport/events';
import type { Logger, Registry } from '@sallyport/observe';
import type { NatsConnection } from '@nats-io/transport-node';
import type { PolicyApplier } from './apply-policy.js';
import type { ControlLogWriter } from './control-log-writer.js';
import type { ControlState } from './control-state.js';
import type { Instances } from './instances.js';
import type { Warehouse } from './warehouse/warehouse.js';

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
  readonly warehouse: Warehouse;
  readonly brokerUp: () => boolean;
  /** Brings `state` up to the end of the control log, and resolves with the sequence number it has reached. */
  readonly readLog: () => Promise<number>;
  /** Brings `state` there as well, and waits until every live instance of auth has read the control log up to `sequence`. */
  readonly readByAuth: (sequence: number) => Promise<void>;
  readonly publishAct: (
    act: string,
    activity: ActEventFacts['activity'],
    actor: string,
    message: string,
    facts: Readonly<Record<string, unknown>>,
  ) => void;
}
