import { quoteText } from './table.js';

/** A view as data. `to` makes it a materialized view that feeds that table. */
export interface View {
  readonly name: string;
  readonly comment: string;
  readonly select: string;
  readonly to?: string;
}

export const rollupView: View = {
  name: 'requests_per_minute_mv',
  comment: 'Feeds requests_per_minute from every insert into requests',
  to: 'requests_per_minute',
  select: `SELECT
  toStartOfMinute(toDateTime(ts, 'UTC')) AS minute,
  route, consumer, decision, stage, reason, status,
  count() AS requests,
  countIf(tls != '') AS encrypted,
  sum(r.bytes_in) AS bytes_in,
  sum(r.bytes_out) AS bytes_out,
  max(total_us) AS total_us_max,
  quantilesTDigestState(0.5, 0.9, 0.99)(total_us) AS total_us_quantiles,
  quantilesTDigestStateIf(0.5, 0.9, 0.99)(upstream_us, decision = 'allow') AS upstream_us_quantiles
FROM requests AS r
GROUP BY minute, route, consumer, decision, stage, reason, status`,
};

export const kpiViews: readonly View[] = [
  {
    name: 'kpi_auth_failures',
    comment: 'Denials of the auth stage by minute, route and reason, and their share of the requests to the route',
    select: `SELECT
  minute, route, reason_of AS reason, failures, requests, failures / requests AS share
FROM (
  SELECT minute, route,
    sumMapIf(map(r.reason, r.requests), r.stage = 'auth' AND r.decision = 'deny') AS by_reason,
    sum(r.requests) AS requests
  FROM requests_per_minute AS r GROUP BY minute, route
)
ARRAY JOIN mapKeys(by_reason) AS reason_of, mapValues(by_reason) AS failures`,
  },
  {
    name: 'kpi_blocked',
    comment: 'Denials by minute, route, stage and reason',
    select: `SELECT
  minute, route, stage, reason, sum(requests) AS blocked
FROM requests_per_minute
WHERE decision = 'deny'
GROUP BY minute, route, stage, reason`,
  },
  {
    name: 'kpi_latency_by_route',
    comment: 'Latency by minute and route in milliseconds; upstream_* without the gateway',
    select: `SELECT
  minute, route, sum(r.requests) AS requests,
  (quantilesTDigestMerge(0.5, 0.9, 0.99)(total_us_quantiles) AS total)[1] / 1000 AS p50_ms,
  total[2] / 1000 AS p90_ms,
  total[3] / 1000 AS p99_ms,
  max(total_us_max) / 1000 AS max_ms,
  (quantilesTDigestMerge(0.5, 0.9, 0.99)(upstream_us_quantiles) AS upstream)[1] / 1000 AS upstream_p50_ms,
  upstream[3] / 1000 AS upstream_p99_ms
FROM requests_per_minute AS r
GROUP BY minute, route`,
  },
  {
    name: 'kpi_latency_by_stage',
    comment: 'Time spent in each stage by minute, in microseconds; only requests that reached it',
    select: `SELECT
  toStartOfMinute(toDateTime(ts, 'UTC')) AS minute, stage_and_us.1 AS stage, count() AS requests,
  (quantilesTDigest(0.5, 0.9, 0.99)(stage_and_us.2) AS spent)[1] AS p50_us,
  spent[2] AS p90_us,
  spent[3] AS p99_us,
  max(stage_and_us.2) AS max_us
FROM requests
ARRAY JOIN [('auth', toUInt64(auth_us)), ('quota', toUInt64(quota_us)), ('validation', toUInt64(validation_us)), ('routing', routing_us)] AS stage_and_us
WHERE stage_and_us.2 > 0
GROUP BY minute, stage`,
  },
  {
    name: 'kpi_policy_violations',
    comment: 'Requests that broke a rule of the policy (denials with a status below 500) by hour, consumer, route and reason',
    select: `SELECT
  toStartOfHour(minute) AS hour, consumer, route, stage, reason, sum(requests) AS violations
FROM requests_per_minute
WHERE decision = 'deny' AND status BETWEEN 400 AND 498
GROUP BY hour, consumer, route, stage, reason`,
  },
  {
    name: 'kpi_encrypted_share',
    comment: 'Share of the requests that came over TLS, by minute',
    select: `SELECT
  minute, sum(r.requests) AS requests, sum(r.encrypted) AS encrypted, encrypted / requests AS share
FROM requests_per_minute AS r
GROUP BY minute`,
  },
  {
    name: 'kpi_top_talkers',
    comment: 'The 100 busiest pairs of consumer and address of each of the last 24 hours',
    select: `SELECT
  toStartOfHour(ts) AS hour, consumer, client_ip, count() AS requests,
  countIf(decision = 'deny') AS denied,
  sum(r.bytes_in) AS bytes_in,
  sum(r.bytes_out) AS bytes_out,
  uniq(route) AS routes
FROM requests AS r
WHERE ts >= now() - toIntervalHour(24)
GROUP BY hour, consumer, client_ip
ORDER BY hour DESC, requests DESC
LIMIT 100 BY hour`,
  },
];

/** Makes the view; one that feeds a table is left as it is, since replacing it would lose what is inserted meanwhile. */
export function renderCreateView(view: View): string {
  const head =
    view.to === undefined
      ? `CREATE OR REPLACE VIEW ${view.name}`
      : `CREATE MATERIALIZED VIEW IF NOT EXISTS ${view.name} TO ${view.to}`;
  return `${head} AS\n${view.select}\nCOMMENT ${quoteText(view.comment)}`;
}
