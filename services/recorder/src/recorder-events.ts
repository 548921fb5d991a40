import { buildActEvent, type CloudEvent } from '@sallyport/events';
import { createHash } from 'node:crypto';
import type { StoredMessage } from './stream-reader.js';

/** Records that a killed ingress may have held: what it gathers before it sends, and one round to the broker. */
const gapMs = 50;

/** An ingress died: its unacknowledged records may be missing. The same fence always yields the same event id. */
export function recordsGapEvent(ingress: string, fence: StoredMessage, interrupted: number): CloudEvent {
  const event = buildActEvent({
    stage: 'recorder',
    instance: ingress,
    act: 'records_gap',
    activity: 'other',
    actor: 'recorder',
    timeMs: fence.timeMs,
    severity: 'high',
    message: `Ingress ${ingress} went silent; at most the last ${gapMs} ms of its records are missing.`,
    facts: {
      ingress,
      lane: fence.subject,
      closed_at: new Date(fence.timeMs).toISOString(),
      missing_at_most_ms: gapMs,
      interrupted_requests: interrupted,
    },
  });
  return { ...event, id: idOf(`${fence.subject}:${fence.sequence}`) };
}

/** ClickHouse cannot take a row; the row itself is not repeated, its digest is. */
export function rowRejectedEvent(instance: string, table: string, line: string): CloudEvent {
  const sha256 = createHash('sha256').update(line).digest('hex');
  const event = buildActEvent({
    stage: 'recorder',
    instance,
    act: 'row_rejected',
    activity: 'other',
    actor: 'recorder',
    timeMs: Date.now(),
    severity: 'high',
    message: `ClickHouse refused a row of ${table} for good.`,
    facts: { table, sha256, bytes: line.length, request_id: /"([0-9a-f-]{36})"/.exec(line)?.[1] ?? '' },
  });
  return { ...event, id: idOf(`${table}:${sha256}`) };
}

/** A UUID (version 8, RFC 9562) from a name. */
function idOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
