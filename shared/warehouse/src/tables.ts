import { policyRevisionColumns } from './revision-columns.js';
import { requestIntentColumns } from './intent-columns.js';
import { requestColumns } from './request-columns.js';
import { rollupColumns } from './rollup-columns.js';
import { securityEventColumns } from './event-columns.js';
import type { Table } from './table.js';

/** Ages out by whole parts: a day's partition goes at once, without rewriting anything. */
const dropWholeParts = { ttl_only_drop_parts: 1 };

export const requestsTable: Table = {
  name: 'requests',
  comment: 'One row per request, whatever became of it',
  columns: requestColumns,
  engine: 'MergeTree',
  partitionBy: 'toDate(ts)',
  // Most questions are about a recent time; the hour first keeps them to few granules, the route within it groups like rows.
  orderBy: '(toStartOfHour(ts), route, ts)',
  ageFrom: 'toDateTime(ts)',
  indexes: [
    { name: 'by_request_id', expression: 'request_id', type: 'bloom_filter(0.01)' },
    { name: 'by_consumer', expression: 'consumer', type: 'set(100)' },
    { name: 'by_client_ip', expression: 'client_ip', type: 'bloom_filter(0.01)' },
  ],
  settings: dropWholeParts,
};

export const securityEventsTable: Table = {
  name: 'security_events',
  comment: 'One row per security event',
  columns: securityEventColumns,
  engine: 'MergeTree',
  partitionBy: 'toDate(ts)',
  orderBy: '(toStartOfHour(ts), type, ts)',
  ageFrom: 'toDateTime(ts)',
  indexes: [
    { name: 'by_request_id', expression: 'request_id', type: 'bloom_filter(0.01)' },
    { name: 'by_consumer', expression: 'consumer', type: 'set(100)' },
    { name: 'by_client_ip', expression: 'client_ip', type: 'bloom_filter(0.01)' },
  ],
  settings: dropWholeParts,
};

export const requestIntentsTable: Table = {
  name: 'request_intents',
  comment: 'One row per strictly audited request, written before its upstream sees it',
  columns: requestIntentColumns,
  engine: 'MergeTree',
  partitionBy: 'toDate(ts)',
  orderBy: '(lane, request_id)',
  ageFrom: 'toDateTime(ts)',
  settings: dropWholeParts,
};

export const policyRevisionsTable: Table = {
  name: 'policy_revisions',
  comment: 'One row per policy revision; FINAL hides rows that were written twice',
  columns: policyRevisionColumns,
  engine: 'ReplacingMergeTree',
  engineArguments: 'created_at',
  orderBy: 'revision',
};

export const requestsPerMinuteTable: Table = {
  name: 'requests_per_minute',
  comment: 'requests, rolled up by minute; sum(requests) counts, quantilesTDigestMerge(0.5, 0.9, 0.99)(total_us_quantiles) reads latency',
  columns: rollupColumns,
  engine: 'AggregatingMergeTree',
  partitionBy: 'toDate(minute)',
  orderBy: '(minute, route, consumer, decision, stage, reason, status)',
  ageFrom: 'minute',
  settings: dropWholeParts,
};

/** Every table with rows of its own, in the order in which they are made. */
export const tables: readonly Table[] = [requestsTable, securityEventsTable, policyRevisionsTable, requestsPerMinuteTable];
