import { ClickHouseException } from '../engine/exception.js';

/** Most that one query of a reader may take; a request may ask for less. 0 would mean no limit and is refused. */
export interface ReaderLimits {
  readonly max_execution_time: number;
  readonly max_memory_usage: number;
  readonly max_result_rows: number;
  readonly max_threads: number;
}

export function chooseReaderLimits(memoryBytes: number, processors: number): ReaderLimits {
  return {
    max_execution_time: 30,
    max_memory_usage: memoryBytes,
    max_result_rows: 10_000_000,
    max_threads: Math.max(1, Math.ceil(processors / 2)),
  };
}

/**
 * What else a reader may set. A list of what is allowed, since settings can write files (`output_format_schema`), read them
 * (`format_template_row`), switch the language (`dialect`) or signal threads (`query_profiler_…`).
 */
const allowed = new Set([
  'any_join_distinct_right_table_keys',
  'cast_keep_nullable',
  'count_distinct_implementation',
  'date_time_output_format',
  'default_max_bytes_in_join',
  'distinct_overflow_mode',
  'enable_named_columns_in_function_tuple',
  'extremes',
  'final',
  'group_by_overflow_mode',
  'group_by_use_nulls',
  'interval_output_format',
  'join_algorithm',
  'join_default_strictness',
  'join_overflow_mode',
  'join_use_nulls',
  'limit',
  'max_block_size',
  'max_bytes_to_read',
  'max_result_bytes',
  'max_rows_to_group_by',
  'max_rows_to_read',
  'offset',
  'prefer_column_name_to_alias',
  'read_overflow_mode',
  'result_overflow_mode',
  'session_timezone',
  'sort_overflow_mode',
  'timeout_overflow_mode',
  'totals_mode',
  'transform_null_in',
  'union_default_mode',
]);

const allowedPatterns = [/^output_format_(?!schema$)[a-z0-9_]+$/, /^format_csv_[a-z_]+$/, /^format_tsv_[a-z_]+$/];

/** Settings of the connection or of the transport, which clients send out of habit and which mean nothing here. */
const ignored = new Set([
  'add_http_cors_header',
  'buffer_size',
  'cancel_http_readonly_queries_on_client_close',
  'connect_timeout',
  'enable_http_compression',
  'http_connection_timeout',
  'http_headers_progress_interval_ms',
  'http_make_head_request',
  'http_max_field_name_size',
  'http_max_field_value_size',
  'http_receive_timeout',
  'http_response_buffer_size',
  'http_send_timeout',
  'http_wait_end_of_query',
  'http_write_exception_in_output_format',
  'http_zlib_compression_level',
  'log_comment',
  'log_queries',
  'priority',
  'receive_timeout',
  'send_logs_level',
  'send_progress_in_http_headers',
  'send_timeout',
  'use_query_cache',
]);

export type Setting = readonly [name: string, value: string];

/** Whether the setting concerns the transport alone. */
export function isIgnoredSetting(name: string): boolean {
  return ignored.has(name);
}

/** Settings to apply for a reader. Throws READONLY or SETTING_CONSTRAINT_VIOLATION, worded as ClickHouse does. */
export function admitReaderSettings(settings: readonly Setting[], limits: ReaderLimits): Setting[] {
  return settings.filter(([name, value]) => {
    if (isIgnoredSetting(name)) return false;
    if (name === 'readonly' && (value === '1' || value === '2')) return false;
    if (Object.hasOwn(limits, name)) {
      checkLimit(name, value, limits[name as keyof ReaderLimits]);
      return true;
    }
    if (allowed.has(name) || allowedPatterns.some((pattern) => pattern.test(name))) return true;
    throw new ClickHouseException(164, 'READONLY', `Cannot modify '${name}' setting in readonly mode.`);
  });
}

function checkLimit(name: string, value: string, max: number): void {
  const number = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (number > 0 && number <= max) return;
  throw new ClickHouseException(452, 'SETTING_CONSTRAINT_VIOLATION', `Setting ${name} must be above 0 and not greater than ${max}.`);
}
