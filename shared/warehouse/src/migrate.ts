import type { ClickHouseClient } from '@clickhouse/client';
import { migrations, renderRetention, schemaMigrationsTable } from './migrations.js';
import { renderCreateTable, renderTtl } from './table.js';
import { requestsTable } from './tables.js';

export interface MigrateOptions {
  /** Days that rows of requests, security events and rollups are kept; 30 unless said. */
  readonly retentionDays?: number;
}

export interface MigrateResult {
  /** Version of the schema now; may be above what this program knows when a newer one runs beside it. */
  readonly version: number;
  /** Steps taken by this call. */
  readonly applied: readonly number[];
}

const defaultRetentionDays = 30;

/**
 * Brings the schema of the client's database up to date. Idempotent, and safe when several run at once: each statement is,
 * and the version is written last. Throws what the client throws; what was done stays, and the next call goes on from there.
 */
export async function migrate(client: ClickHouseClient, options: MigrateOptions = {}): Promise<MigrateResult> {
  const retentionDays = options.retentionDays ?? defaultRetentionDays;
  if (!Number.isSafeInteger(retentionDays) || retentionDays < 1) {
    throw new RangeError(`retentionDays must be a whole number of at least 1, not ${retentionDays}`);
  }
  await client.command({ query: renderCreateTable(schemaMigrationsTable, retentionDays) });

  let version = await readVersion(client);
  const applied: number[] = [];
  for (const migration of migrations) {
    if (migration.version <= version) continue;
    for (const statement of migration.statements(retentionDays)) await client.command({ query: statement });
    await client.insert({
      table: schemaMigrationsTable.name,
      columns: ['version', 'name'],
      values: [{ version: migration.version, name: migration.name }],
      format: 'JSONEachRow',
    });
    version = migration.version;
    applied.push(migration.version);
  }
  await keepRetention(client, retentionDays);
  return { version, applied };
}

async function readVersion(client: ClickHouseClient): Promise<number> {
  const result = await client.query({ query: `SELECT max(version) AS version FROM ${schemaMigrationsTable.name}`, format: 'JSONEachRow' });
  const [row] = await result.json<{ version: number }>();
  return Number(row?.version ?? 0);
}

async function keepRetention(client: ClickHouseClient, retentionDays: number): Promise<void> {
  const result = await client.query({
    query: 'SELECT engine_full AS definition FROM system.tables WHERE database = currentDatabase() AND name = {name:String}',
    query_params: { name: requestsTable.name },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ definition: string }>();
  const wanted = renderTtl(requestsTable.ageFrom ?? '', retentionDays);
  if (row === undefined || row.definition.includes(wanted)) return;
  for (const statement of renderRetention(retentionDays)) {
    await client.command({ query: statement, clickhouse_settings: { materialize_ttl_after_modify: 0 } });
  }
}
