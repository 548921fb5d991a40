export type { Column } from './column.js';
export { requestColumns } from './request-columns.js';
export { encodeRequestRow, type RequestRow } from './request-row.js';
export { insertStatement, type InsertableTable } from './insert-statement.js';
