import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { insertOnceSettings, insertStatement, type InsertableTable } from '@sallyport/warehouse-schema';
import type { Logger } from '@sallyport/observe';
import { Readable } from 'node:stream';

const firstRetryMs = 200;
const longestRetryMs = 5_000;
/** Codes of ClickHouse that say that the rows, and not the server, are at fault: it is useless to send them again. */
const rowFaults = new Set(['6', '26', '27', '33', '38', '41', '53', '69', '70', '72', '117', '130', '190', '321', '376', '441', '675', '676']);

export interface RowInserterOptions {
  readonly client: ClickHouseClient;
  readonly logger: Logger;
  /** A single line that ClickHouse does not take, with its words. */
  readonly onRejected: (table: InsertableTable, line: string, message: string) => void;
  readonly onRetry: () => void;
  readonly isStopping: () => boolean;
}

/** Inserts lines of JSONCompactEachRow, each batch once however often it is sent. */
export class RowInserter {
  readonly #options: RowInserterOptions;

  constructor(options: RowInserterOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the rows are in the table. Waits for a ClickHouse that is away; false when it was told to stop meanwhile.
   * Lines that ClickHouse cannot take are singled out, by halves, and left out.
   */
  async insert(table: InsertableTable, rows: readonly Uint8Array[], token: string): Promise<boolean> {
    let retryMs = firstRetryMs;
    for (;;) {
      try {
        await this.#send(table, rows, token);
        return true;
      } catch (error) {
        if (error instanceof ClickHouseError && rowFaults.has(error.code)) return this.#insertHalves(table, rows, token, error);
        if (this.#options.isStopping()) return false;
        this.#options.onRetry();
        this.#options.logger.warn({ err: error, table, retryMs }, 'ClickHouse did not take a batch; it is sent again');
        await new Promise((resolve) => setTimeout(resolve, retryMs));
        retryMs = Math.min(longestRetryMs, retryMs * 2);
      }
    }
  }

  async #send(table: InsertableTable, rows: readonly Uint8Array[], token: string): Promise<void> {
    const result = await this.#options.client.exec({
      query: insertStatement(table),
      values: Readable.from(rows, { objectMode: false }),
      clickhouse_settings: { ...insertOnceSettings(token), async_insert: 0, wait_end_of_query: 1 },
    });
    for await (const _ of result.stream) void _;
  }

  async #insertHalves(
    table: InsertableTable,
    rows: readonly Uint8Array[],
    token: string,
    error: ClickHouseError,
  ): Promise<boolean> {
    const lines = Buffer.concat(rows).toString('utf8').split('\n').filter((line) => line !== '');
    if (lines.length <= 1) {
      this.#options.onRejected(table, lines[0] ?? '', error.message);
      return true;
    }
    const middle = lines.length >> 1;
    const half = (part: string[]) => [Buffer.from(part.join('\n') + '\n')];
    return (
      (await this.insert(table, half(lines.slice(0, middle)), `${token}.0`)) &&
      (await this.insert(table, half(lines.slice(middle)), `${token}.1`))
    );
  }
}
