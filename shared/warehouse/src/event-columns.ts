import type { Column } from './column.js';

/** Columns of `security_events`, in the order of its JSONCompactEachRow lines. */
export const securityEventColumns = [
  { name: 'event_id', type: 'UUID', comment: 'Id of the CloudEvent' },
  { name: 'ts', type: "DateTime64(3, 'UTC')", comment: 'When it happened', codec: 'Delta, ZSTD(1)' },
  { name: 'type', type: 'LowCardinality(String)', comment: 'CloudEvents type: stage and reason, such as auth.credential_expired' },
  { name: 'stage', type: 'LowCardinality(String)', comment: 'Stage that reports it; sentinel and control count as stages' },
  { name: 'reason', type: 'LowCardinality(String)', comment: 'Reason of the denial, or what was found' },
  { name: 'route', type: 'LowCardinality(String)', comment: 'Route id; _ when it belongs to none' },
  { name: 'severity', type: 'LowCardinality(String)', comment: 'OCSF severity: Informational, Low, Medium, High, Critical, Fatal' },
  { name: 'request_id', type: 'Nullable(UUID)', comment: 'Request that led to it, NULL when it was none' },
  { name: 'consumer', type: 'LowCardinality(String)', comment: 'Consumer concerned, empty when unknown' },
  { name: 'client_ip', type: 'String', comment: 'Address of the client, empty when there is none' },
  { name: 'event', type: 'String', comment: 'The whole CloudEvent as JSON; its data is an OCSF event', codec: 'ZSTD(3)' },
] as const satisfies readonly Column[];
