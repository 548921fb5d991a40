import type { Column } from './column.js';

/** Columns of `requests_per_minute`. Counters merge by themselves; quantile states want `quantilesTDigestMerge(0.5, 0.9, 0.99)`. */
export const rollupColumns = [
  { name: 'minute', type: "DateTime('UTC')", comment: 'Start of the minute', codec: 'Delta, ZSTD(1)' },
  { name: 'route', type: 'LowCardinality(String)', comment: 'Route id; _ when no route matched' },
  { name: 'consumer', type: 'LowCardinality(String)', comment: 'Consumer, empty when unknown' },
  { name: 'decision', type: "Enum8('allow' = 1, 'deny' = 2)", comment: 'As in requests' },
  { name: 'stage', type: 'LowCardinality(String)', comment: 'Stage that denied, empty when allowed' },
  { name: 'reason', type: 'LowCardinality(String)', comment: 'Reason of the denial, empty when allowed' },
  { name: 'status', type: 'UInt16', comment: 'Status the client got' },
  { name: 'requests', type: 'SimpleAggregateFunction(sum, UInt64)', comment: 'Number of requests' },
  { name: 'encrypted', type: 'SimpleAggregateFunction(sum, UInt64)', comment: 'Of these, requests that came over TLS' },
  { name: 'bytes_in', type: 'SimpleAggregateFunction(sum, UInt64)', comment: 'Bytes of the request bodies' },
  { name: 'bytes_out', type: 'SimpleAggregateFunction(sum, UInt64)', comment: 'Bytes of the response bodies' },
  { name: 'total_us_max', type: 'SimpleAggregateFunction(max, UInt64)', comment: 'Slowest request in microseconds' },
  { name: 'total_us_quantiles', type: 'AggregateFunction(quantilesTDigest(0.5, 0.9, 0.99), UInt64)', comment: 'Quantile state of the time taken, in microseconds' },
  { name: 'upstream_us_quantiles', type: 'AggregateFunction(quantilesTDigest(0.5, 0.9, 0.99), UInt64)', comment: 'Quantile state of the upstream time, in microseconds; allowed requests only' },
] as const satisfies readonly Column[];
