import { requestColumns } from './request-columns.js';
import type { Column } from './column.js';

const columnsOfTable = {
  requests: requestColumns,
} as const satisfies Record<string, readonly Column[]>;

/** Tables that are written as JSONCompactEachRow lines. */
export type InsertableTable = keyof typeof columnsOfTable;

/**
 * The statement that a batch of JSONCompactEachRow lines follows. It names the columns, so that a batch encoded before a
 * column was added still lands.
 */
export function insertStatement(table: InsertableTable): string {
  const names = columnsOfTable[table].map((column) => column.name).join(', ');
  return `INSERT INTO ${table} (${names}) FORMAT JSONCompactEachRow`;
}
