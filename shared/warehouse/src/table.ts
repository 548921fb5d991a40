import type { Column } from './column.js';

/** A table as data, so that one source renders the statements for one machine and for a cluster. */
export interface Table {
  readonly name: string;
  readonly comment: string;
  readonly columns: readonly Column[];
  /** Of the MergeTree family, with its arguments. */
  readonly engine: 'MergeTree' | 'AggregatingMergeTree' | 'ReplacingMergeTree';
  readonly engineArguments?: string;
  readonly orderBy: string;
  readonly partitionBy?: string;
  /** Expression of type Date or DateTime that a row's age counts from; without it rows are kept for ever. */
  readonly ageFrom?: string;
  readonly indexes?: readonly SkipIndex[];
  readonly settings?: Readonly<Record<string, number | string>>;
}

export interface SkipIndex {
  readonly name: string;
  readonly expression: string;
  readonly type: string;
}

/** How many of the latest insert tokens a table remembers: at 10,000 rows a batch, 100 million rows. */
const deduplicationWindow = 10_000;

/** `CREATE TABLE IF NOT EXISTS`. This is the one place that knows engines; on one machine that is plain MergeTree. */
export function renderCreateTable(table: Table, retentionDays: number): string {
  const elements = [
    ...table.columns.map((column) => `  ${renderColumn(column)}`),
    ...(table.indexes ?? []).map((index) => `  INDEX ${index.name} ${index.expression} TYPE ${index.type} GRANULARITY 1`),
  ];
  const settings = { non_replicated_deduplication_window: deduplicationWindow, ...table.settings };
  return [
    `CREATE TABLE IF NOT EXISTS ${table.name} (\n${elements.join(',\n')}\n)`,
    `ENGINE = ${table.engine}${table.engineArguments === undefined ? '' : `(${table.engineArguments})`}`,
    ...(table.partitionBy === undefined ? [] : [`PARTITION BY ${table.partitionBy}`]),
    `ORDER BY ${table.orderBy}`,
    ...(table.ageFrom === undefined ? [] : [`TTL ${renderTtl(table.ageFrom, retentionDays)}`]),
    `SETTINGS ${Object.entries(settings).map(([name, value]) => `${name} = ${value}`).join(', ')}`,
    `COMMENT ${quoteText(table.comment)}`,
  ].join('\n');
}

export function renderTtl(ageFrom: string, retentionDays: number): string {
  return `${ageFrom} + toIntervalDay(${retentionDays})`;
}

export function renderColumn(column: Column): string {
  const codec = column.codec === undefined ? '' : ` CODEC(${column.codec})`;
  return `${column.name} ${column.type} COMMENT ${quoteText(column.comment)}${codec}`;
}

/** A ClickHouse string literal. */
export function quoteText(text: string): string {
  return `'${text.replace(/[\\']/g, (char) => `\\${char}`)}'`;
}
