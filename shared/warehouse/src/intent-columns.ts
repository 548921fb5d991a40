import type { Column } from './column.js';

/** Columns of `request_intents`, in the order of its JSONCompactEachRow lines. */
export const requestIntentColumns = [
  { name: 'ts', type: "DateTime64(3, 'UTC')", comment: 'When the request came' },
  { name: 'request_id', type: 'UUID', comment: 'Id of the request' },
  { name: 'lane', type: 'LowCardinality(String)', comment: 'Lane of records in which the outcome is to follow' },
  { name: 'row', type: 'String', comment: 'The row of requests that is written when no outcome ever comes, as JSON', codec: 'ZSTD(1)' },
] as const satisfies readonly Column[];
