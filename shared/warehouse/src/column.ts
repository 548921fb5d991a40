/** One column of a table as ClickHouse knows it. The order in a column list is the order of values in a row. */
export interface Column {
  readonly name: string;
  readonly type: string;
  /** Becomes the column's COMMENT, which `DESCRIBE` and the console show. */
  readonly comment: string;
  /** Compression, where the default is not the best one. */
  readonly codec?: string;
}
