import { renderCreateTable, renderTtl, type Table } from './table.js';
import { renderCreateView, kpiViews, rollupView } from './views.js';
import { requestIntentsTable, tables } from './tables.js';

/** One step of the schema. Its statements may run twice and at the same time elsewhere, so each one is idempotent. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: (retentionDays: number) => readonly string[];
}

/** In order; a step that was released is never changed, the next one is appended. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'requests, security events, policy revisions, rollup, KPIs',
    statements: (retentionDays) => [
      ...tables.map((table) => renderCreateTable(table, retentionDays)),
      renderCreateView(rollupView),
      ...kpiViews.map(renderCreateView),
    ],
  },
  {
    version: 2,
    name: 'intents of strictly audited requests',
    statements: (retentionDays) => [renderCreateTable(requestIntentsTable, retentionDays)],
  },
];

export const schemaMigrationsTable: Table = {
  name: 'schema_migrations',
  comment: 'Steps of the schema that were taken; FINAL hides rows that were written twice',
  columns: [
    { name: 'version', type: 'UInt32', comment: 'Number of the step' },
    { name: 'name', type: 'String', comment: 'What it brought' },
    { name: 'applied_at', type: "DateTime64(3, 'UTC') DEFAULT now64(3)", comment: 'When it was taken' },
  ],
  engine: 'ReplacingMergeTree',
  orderBy: 'version',
};

/** Sets how long rows live. Rows that are too old go with the next merge. */
export function renderRetention(retentionDays: number): readonly string[] {
  return tables.flatMap((table) =>
    table.ageFrom === undefined ? [] : [`ALTER TABLE ${table.name} MODIFY TTL ${renderTtl(table.ageFrom, retentionDays)}`],
  );
}
