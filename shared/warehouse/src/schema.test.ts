import { describe, expect, it } from 'vitest';
import { insertStatement } from './insert-statement.js';
import { migrations, schemaMigrationsTable } from './migrations.js';
import { requestColumns } from './request-columns.js';
import { renderCreateTable, quoteText } from './table.js';
import { requestsTable, tables } from './tables.js';

describe('migrations', () => {
  it('have ascending versions, and statements that may run twice', () => {
    const versions = migrations.map(({ version }) => version);
    expect(versions).toEqual(versions.map((_, index) => index + 1));
    for (const statement of migrations.flatMap(({ statements }) => statements(30))) {
      expect(statement).toMatch(/^(?:CREATE (?:TABLE|MATERIALIZED VIEW) IF NOT EXISTS|CREATE OR REPLACE VIEW|ALTER TABLE \S+ (?:ADD COLUMN IF NOT EXISTS|MODIFY ))/);
    }
  });
});

describe('tables', () => {
  it.each([...tables, schemaMigrationsTable])('$name says what each column is, once', ({ columns }) => {
    expect(columns.every(({ comment }) => comment !== '')).toBe(true);
    expect(new Set(columns.map(({ name }) => name)).size).toBe(columns.length);
  });

  it('remember insert tokens, so that a batch lands once', () => {
    for (const table of tables) expect(renderCreateTable(table, 30)).toMatch(/non_replicated_deduplication_window = \d+/);
  });

  it('keep rows for as long as asked', () => {
    expect(renderCreateTable(requestsTable, 7)).toContain('TTL toDateTime(ts) + toIntervalDay(7)');
  });

  it('quotes what could end a literal', () => {
    expect(quoteText("it's \\ here")).toBe("'it\\'s \\\\ here'");
  });
});

describe('insertStatement', () => {
  it('names the columns in the order of the encoding', () => {
    expect(insertStatement('requests')).toBe(`INSERT INTO requests (${requestColumns.map(({ name }) => name).join(', ')}) FORMAT JSONCompactEachRow`);
  });
});
