/** One row of `requests`; fields are named like its columns, which say what each means. */
export interface RequestRow {
  /** Milliseconds since the epoch. */
  readonly ts: number;
  readonly request_id: string;
  readonly trace_id: string;
  readonly revision: number;
  readonly ingress: string;
  readonly route: string;
  readonly method: string;
  readonly path_template: string;
  readonly status: number;
  readonly decision: 'allow' | 'deny';
  readonly stage: string;
  readonly reason: string;
  readonly consumer: string;
  readonly credential_kind: string;
  readonly credential_id: string;
  readonly client_ip: string;
  readonly tls: string;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly total_us: number;
  readonly auth_us: number;
  readonly quota_us: number;
  readonly validation_us: number;
  readonly routing_us: number;
  readonly upstream: string;
  readonly upstream_us: number;
  readonly upstream_status: number;
  readonly object_ids: Readonly<Record<string, string>>;
  /** Seconds since the epoch. */
  readonly token_expires_at: number | null;
  readonly waf_score: number;
  readonly waf_rules: readonly number[];
  readonly shadow: readonly string[];
  readonly open_failures: readonly string[];
}

const uint16 = 0xffff;
const uint32 = 0xffff_ffff;
// Beyond this a double is not exact; it is 285 years in microseconds and 8 PiB in bytes.
const uint53 = Number.MAX_SAFE_INTEGER;

/**
 * One line of JSONCompactEachRow, in column order and without the line feed. Numbers are clamped to their columns and text is
 * made well-formed, because one value that ClickHouse cannot parse would refuse the whole batch.
 */
export function encodeRequestRow(row: RequestRow): string {
  const line = JSON.stringify([
    // As text, because ClickHouse takes no fraction on a bare number here.
    (row.ts / 1000).toFixed(3),
    row.request_id,
    row.trace_id,
    clamp(row.revision, uint32),
    row.ingress,
    row.route,
    row.method,
    row.path_template,
    clamp(row.status, uint16),
    row.decision,
    row.stage,
    row.reason,
    row.consumer,
    row.credential_kind,
    row.credential_id,
    row.client_ip,
    row.tls,
    clamp(row.bytes_in, uint53),
    clamp(row.bytes_out, uint53),
    clamp(row.total_us, uint53),
    clamp(row.auth_us, uint32),
    clamp(row.quota_us, uint32),
    clamp(row.validation_us, uint32),
    clamp(row.routing_us, uint53),
    row.upstream,
    clamp(row.upstream_us, uint53),
    clamp(row.upstream_status, uint16),
    row.object_ids,
    row.token_expires_at === null ? null : clamp(row.token_expires_at, uint32),
    clamp(row.waf_score, uint16),
    row.waf_rules,
    row.shadow,
    row.open_failures,
  ]);
  // JSON.stringify writes a lone surrogate as \ud8xx, which ClickHouse refuses.
  return line.includes('\\ud') ? replaceLoneSurrogates(line) : line;
}

function clamp(value: number, max: number): number {
  const whole = Math.round(value);
  if (whole > max) return max;
  return whole >= 0 ? whole : 0;
}

/** Only an escape that an even number of backslashes precedes is one; `\\ud800` is text. */
function replaceLoneSurrogates(line: string): string {
  return line.replace(/\\(?:\\|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)/gs, (escape) => (/^\\u[dD]/.test(escape) ? '\\ufffd' : escape));
}
