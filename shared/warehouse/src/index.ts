export type { Column } from './column.js';
export { requestColumns } from './request-columns.js';
export { securityEventColumns } from './event-columns.js';
export { policyRevisionColumns } from './revision-columns.js';
export { encodeRequestRow, type RequestRow } from './request-row.js';
export { insertOnceSettings, insertStatement, type InsertableTable } from './insert-statement.js';
export { migrate, type MigrateOptions, type MigrateResult } from './migrate.js';
