import type { CloudEvent } from '@sallyport/events';
import type { Warehouse } from '../warehouse/warehouse.js';

/** A row of `requests`, as ClickHouse gives it. */
export interface RequestRecord {
  readonly ts: string;
  readonly request_id: string;
  readonly revision: number;
  readonly route: string;
  readonly decision: 'allow' | 'deny';
  readonly stage: string;
  readonly reason: string;
  readonly consumer: string;
  readonly total_us: number;
  readonly auth_us: number;
  readonly quota_us: number;
  readonly validation_us: number;
  readonly routing_us: number;
  readonly upstream: string;
  readonly upstream_us: number;
  readonly shadow: readonly string[];
  readonly open_failures: readonly string[];
  readonly [column: string]: unknown;
}

export interface RecordedRequest {
  readonly request: RequestRecord;
  readonly events: readonly CloudEvent[];
}

const eventsWithinMs = 2_000;
const recentMs = 10_000;
const retryMs = 150;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the text is a UUID, as request ids are. */
export function isRequestId(text: string): boolean {
  return uuid.test(text.toLowerCase());
}

/**
 * The row and the security events of a request; undefined where there is no row (yet). Events come to the table on their own way:
 * those of a denial of just now are waited for, at most 2 s.
 */
export async function findRequest(warehouse: Warehouse, requestId: string): Promise<RecordedRequest | undefined> {
  const id = requestId.toLowerCase();
  const untilMs = Date.now() + eventsWithinMs;
  for (;;) {
    const found = await readTables(warehouse, id);
    if (found === undefined || found.events.length > 0 || found.request.decision === 'allow') return found;
    if (Date.now() > untilMs || Date.now() - Date.parse(found.request.ts) > recentMs) return found;
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

async function readTables(warehouse: Warehouse, id: string): Promise<RecordedRequest | undefined> {
  const within = withinAnHour(id);
  const [rows, events] = await Promise.all([
    warehouse.rows<RequestRecord>(`SELECT * FROM requests WHERE request_id = {id:UUID}${within} LIMIT 1`, { id }),
    warehouse.rows<{ event: string }>(`SELECT event FROM security_events WHERE request_id = {id:UUID}${within} ORDER BY ts`, { id }),
  ]);
  const [request] = rows;
  return request && { request, events: events.map(({ event }) => JSON.parse(event) as CloudEvent) };
}

/** The time in a UUID version 7 (RFC 9562) spares ClickHouse the other days. */
function withinAnHour(id: string): string {
  if (uuid.exec(id)?.[1] !== '7') return '';
  const seconds = Math.floor(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) / 1000);
  return ` AND ts BETWEEN toDateTime(${seconds - 3600}, 'UTC') AND toDateTime(${seconds + 3600}, 'UTC')`;
}
