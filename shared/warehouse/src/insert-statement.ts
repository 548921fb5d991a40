import { requestIntentColumns } from './intent-columns.js';
import { policyRevisionColumns } from './revision-columns.js';
import { requestColumns } from './request-columns.js';
import { securityEventColumns } from './event-columns.js';
import type { Column } from './column.js';

const columnsOfTable = {
  requests: requestColumns,
  request_intents: requestIntentColumns,
  security_events: securityEventColumns,
  policy_revisions: policyRevisionColumns,
} as const satisfies Record<string, readonly Column[]>;

/** Tables that are written as JSONCompactEachRow lines. */
export type InsertableTable = keyof typeof columnsOfTable;

/**
 * The statement that a batch of JSONCompactEachRow lines follows. It names the columns, so that rows written by an older
 * version land in a table that has gained columns since.
 */
export function insertStatement(table: InsertableTable): string {
  const names = columnsOfTable[table].map((column) => column.name).join(', ');
  return `INSERT INTO ${table} (${names}) FORMAT JSONCompactEachRow`;
}

/** Settings of an insert that is to land once however often it is sent: in the table and in the rollup behind it. */
export function insertOnceSettings(token: string): { readonly insert_deduplication_token: string; readonly deduplicate_blocks_in_dependent_materialized_views: 1 } {
  return { insert_deduplication_token: token, deduplicate_blocks_in_dependent_materialized_views: 1 };
}
