import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where things are below the warehouse's directory. */
export interface EngineFiles {
  readonly dir: string;
  readonly configFile: string;
  /** Bodies of inserts while they arrive; emptied at start. */
  readonly spoolDir: string;
}

/**
 * Writes the engine's configuration, and on the first start the metadata of database `default`. Two things matter for who may
 * do what. Left to itself, the embedded engine makes `default` an overlay on the whole file system, in which every file is a
 * table; so it gets an ordinary database before its first start. And its one user may do nothing but through roles, of which
 * a connection takes one: none may touch files, other hosts or programs.
 */
export function writeEngineFiles(dir: string, engineMemoryBytes: number): EngineFiles {
  const configDir = join(dir, 'config');
  const spoolDir = join(dir, 'spool');
  const usersFile = join(configDir, 'users.xml');
  const configFile = join(configDir, 'config.xml');
  mkdirSync(configDir, { recursive: true, mode: 0o700 });
  mkdirSync(join(dir, 'metadata'), { recursive: true, mode: 0o700 });
  writeFileSync(configFile, renderConfig(usersFile, engineMemoryBytes), { mode: 0o600 });
  writeFileSync(usersFile, renderUsers(), { mode: 0o600 });

  const databaseFile = join(dir, 'metadata', 'default.sql');
  if (!existsSync(databaseFile)) {
    writeFileSync(databaseFile, `ATTACH DATABASE _ UUID '${randomUUID()}'\nENGINE = Atomic\n`, { mode: 0o600 });
  }
  return { dir, configFile, spoolDir };
}

/** Takes what a killed process left of inserts that it never acknowledged. Only for who holds the engine's lock. */
export function emptySpool(spoolDir: string): void {
  rmSync(spoolDir, { recursive: true, force: true });
  mkdirSync(spoolDir, { recursive: true, mode: 0o700 });
}

function renderConfig(usersFile: string, engineMemoryBytes: number): string {
  return `<clickhouse>
  <default_database></default_database>
  <database>default</database>
  <users_config>${escapeXml(usersFile)}</users_config>
  <max_server_memory_usage>${engineMemoryBytes}</max_server_memory_usage>
  <mark_cache_size>134217728</mark_cache_size>
  <primary_index_cache_size>134217728</primary_index_cache_size>
  <index_mark_cache_size>67108864</index_mark_cache_size>
  <query_condition_cache_size>33554432</query_condition_cache_size>
</clickhouse>
`;
}

function renderUsers(): string {
  return `<clickhouse>
  <profiles><default></default></profiles>
  <quotas><default></default></quotas>
  <roles>
    <reader><grants><query>GRANT SHOW, SELECT ON default.*</query></grants></reader>
    <writer><grants>
      <query>GRANT SHOW, SELECT, INSERT, ALTER, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, TRUNCATE, OPTIMIZE ON default.*</query>
    </grants></writer>
    <canceller><grants><query>GRANT KILL QUERY ON *.*</query></grants></canceller>
  </roles>
  <users>
    <default>
      <password></password>
      <profile>default</profile>
      <quota>default</quota>
      <grants><query>GRANT reader, writer, canceller</query></grants>
    </default>
  </users>
</clickhouse>
`;
}

function escapeXml(text: string): string {
  return text.replace(/[<>&'"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
