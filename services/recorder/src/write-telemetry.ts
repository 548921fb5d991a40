import type { ClickHouseClient } from '@clickhouse/client';
import type { RowInserter } from './insert-rows.js';
import { splitRecords } from './split-records.js';
import type { BatchPlan } from './stream-position.js';
import type { StoredMessage } from './stream-reader.js';

export interface TelemetryWriterOptions {
  readonly client: ClickHouseClient;
  readonly inserter: RowInserter;
  readonly onRows: (count: number) => void;
  /** A lane was closed because its ingress was silent; `interrupted` of its strictly audited requests had no outcome. */
  readonly onFenced: (fence: StoredMessage, interrupted: number) => void;
}

/**
 * Writes one batch of the stream TELEMETRY: rows, then intents, and for lanes that were fenced the rows of those intents
 * that never got an outcome. What it writes depends on the stream alone, so that writing a batch again changes nothing.
 */
export class TelemetryWriter {
  readonly #options: TelemetryWriterOptions;

  constructor(options: TelemetryWriterOptions) {
    this.#options = options;
  }

  readonly write = async (messages: readonly StoredMessage[], plan: BatchPlan): Promise<boolean> => {
    const { inserter, onRows } = this.#options;
    const rows: Uint8Array[] = [];
    const intents: string[] = [];
    let rowCount = 0;
    for (const { data, subject } of messages) {
      const records = splitRecords(data);
      rows.push(...records.rows);
      rowCount += records.rowCount;
      for (const intent of records.intents) intents.push(intentRow(intent, subject));
    }
    const token = `telemetry:${plan.batch}`;
    if (intents.length > 0) {
      const lines = [Buffer.from(intents.join('\n') + '\n')];
      if (!(await inserter.insert('request_intents', lines, `${token}:intents`))) return false;
    }
    if (rowCount > 0 && !(await inserter.insert('requests', rows, token))) return false;
    onRows(rowCount);
    for (const message of messages) {
      if (message.fence && !(await this.#settleLane(message))) return false;
    }
    return true;
  };

  /** Nothing can be added to a fenced lane, and all of it has been written: whatever has no outcome now will never have one. */
  async #settleLane(fence: StoredMessage): Promise<boolean> {
    const { client, inserter, onFenced, onRows } = this.#options;
    const result = await client.query({
      query: `SELECT row FROM request_intents
              WHERE lane = {lane:String}
                AND request_id NOT IN (
                  SELECT request_id FROM requests
                  WHERE ts >= (SELECT min(ts) FROM request_intents WHERE lane = {lane:String}) - INTERVAL 1 SECOND
                    AND reason != 'interrupted')
              ORDER BY request_id`,
      query_params: { lane: fence.subject },
      format: 'JSONEachRow',
    });
    const open = await result.json<{ row: string }>();
    if (open.length > 0) {
      const lines = [Buffer.from(open.map(({ row }) => row).join('\n') + '\n')];
      if (!(await inserter.insert('requests', lines, `fence:${fence.subject}`))) return false;
      onRows(open.length);
    }
    onFenced(fence, open.length);
    return true;
  }
}

/** A line for the table `request_intents`; the row is kept as it came. */
function intentRow(line: string, lane: string): string {
  const { intent, row } = JSON.parse(line) as { intent: string; row: readonly unknown[] };
  return JSON.stringify([row[0], intent, lane, JSON.stringify(row)]);
}
