import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { RecorderEnvironment } from './read-recorder-environment.js';

const dayNs = 86_400_000_000_000;

/** Makes the stream of records: it refuses when it is full, rather than forgetting what nobody has written yet. */
export async function ensureTelemetryStream(records: NatsConnection, environment: RecorderEnvironment): Promise<void> {
  const manager = await jetstreamManager(records);
  await manager.streams.add({
    name: 'TELEMETRY',
    subjects: ['telemetry.*'],
    discard: 'new',
    max_bytes: environment.telemetryMaxBytes,
    allow_direct: true,
    num_replicas: environment.replicas,
  });
}

/** Makes the stream of security events, from which subscribers replay. */
export async function ensureSecurityStream(events: NatsConnection, environment: RecorderEnvironment): Promise<void> {
  const manager = await jetstreamManager(events);
  await manager.streams.add({
    name: 'SECURITY',
    subjects: ['security.>'],
    max_age: environment.eventsMaxAgeDays * dayNs,
    allow_direct: true,
    num_replicas: environment.replicas,
  });
}
