import type { Column } from './column.js';

/**
 * Columns of `requests`, in the order in which `encodeRequestRow` writes them. Columns are only ever appended: rows that
 * wait in the stream while a newer version starts stay readable.
 */
export const requestColumns = [
  { name: 'ts', type: "DateTime64(3, 'UTC')", comment: 'When the ingress had read the request header', codec: 'Delta, ZSTD(1)' },
  { name: 'request_id', type: 'UUID', comment: 'Id of the request, as in x-request-id' },
  { name: 'trace_id', type: 'String', comment: 'W3C trace id in hex, empty when there is none' },
  { name: 'revision', type: 'UInt32', comment: 'Policy revision that judged the request in every stage' },
  { name: 'ingress', type: 'LowCardinality(String)', comment: 'Ingress instance that took the request' },
  { name: 'route', type: 'LowCardinality(String)', comment: 'Route id; _ when no route matched' },
  { name: 'method', type: 'LowCardinality(String)', comment: 'HTTP method' },
  { name: 'path_template', type: 'LowCardinality(String)', comment: 'Path of the route with its placeholders, such as /orders/:id' },
  { name: 'status', type: 'UInt16', comment: 'Status the client got; 499 when it was gone before an answer' },
  { name: 'decision', type: "Enum8('allow' = 1, 'deny' = 2)", comment: 'allow: handed to the upstream; deny: answered by the gateway' },
  { name: 'stage', type: 'LowCardinality(String)', comment: 'Stage that denied the request, empty when it was allowed' },
  { name: 'reason', type: 'LowCardinality(String)', comment: 'Reason of the denial, empty when the request was allowed' },
  { name: 'consumer', type: 'LowCardinality(String)', comment: 'Consumer the credential belongs to, empty when unknown' },
  { name: 'credential_kind', type: 'LowCardinality(String)', comment: 'jwt, apiKey and so on, empty without a credential' },
  { name: 'credential_id', type: 'String', comment: 'Public id of the credential: key id, or token id (jti); never the credential' },
  { name: 'client_ip', type: 'String', comment: 'Address of the client; behind a trusted proxy the one it states' },
  { name: 'tls', type: 'LowCardinality(String)', comment: 'TLS version such as TLSv1.3, empty on plain HTTP' },
  { name: 'bytes_in', type: 'UInt64', comment: 'Bytes of the request body' },
  { name: 'bytes_out', type: 'UInt64', comment: 'Bytes of the response body' },
  { name: 'total_us', type: 'UInt64', comment: 'From the request header read to the last byte answered, in microseconds' },
  { name: 'auth_us', type: 'UInt32', comment: 'Time in the auth stage in microseconds, 0 when it was not reached' },
  { name: 'quota_us', type: 'UInt32', comment: 'Time in the quota stage in microseconds, 0 when it was not reached' },
  { name: 'validation_us', type: 'UInt32', comment: 'Time in the validation stage in microseconds, 0 when it was not reached' },
  { name: 'routing_us', type: 'UInt64', comment: 'Time in the routing stage without the upstream in microseconds, 0 when it was not reached' },
  { name: 'upstream', type: 'LowCardinality(String)', comment: 'Id of the upstream, empty when none was called' },
  { name: 'upstream_us', type: 'UInt64', comment: 'From the request sent to the last byte of the upstream, in microseconds' },
  { name: 'upstream_status', type: 'UInt16', comment: 'Status of the upstream, 0 when it gave none' },
  { name: 'object_ids', type: 'Map(LowCardinality(String), String)', comment: 'Path parameters of the route: which objects were asked for' },
  { name: 'token_expires_at', type: "Nullable(DateTime('UTC'))", comment: 'Expiry stated by the token, NULL when it has none' },
  { name: 'waf_score', type: 'UInt16', comment: 'Anomaly score of the attack rules' },
  { name: 'waf_rules', type: 'Array(UInt32)', comment: 'Ids of the attack rules that matched' },
  { name: 'shadow', type: 'Array(LowCardinality(String))', comment: 'Reasons for which checks in shadow mode would have denied' },
  { name: 'open_failures', type: 'Array(LowCardinality(String))', comment: 'Stages that failed and were passed by onFailure: open' },
] as const satisfies readonly Column[];
