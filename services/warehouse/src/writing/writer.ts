import { ClickHouseException, toClickHouseException } from '../engine/exception.js';
import { connectionArguments, type Engine } from '../engine/engine.js';
import { statementClass, type NativeConnection } from '../engine/native.js';
import { quoteIdentifier, quoteText } from '../engine/quote.js';
import { isIgnoredSetting, type Setting } from '../reading/reader-settings.js';
import { isInsert, type InsertHead } from './split-insert.js';

export interface WriteJob {
  readonly id: string;
  readonly database: string;
  readonly settings: readonly Setting[];
  readonly params: readonly (readonly [name: string, value: string])[];
}

export interface WriteStatistics {
  readonly rows: number;
  readonly bytes: number;
  readonly elapsedNs: number;
}

/** Runs what the recorder writes, each statement on a connection of its own with the writer's role. */
export interface Writer {
  /** What the engine's parser takes a text for. */
  classify(text: string): Promise<'read' | 'write' | 'other'>;
  /** Runs a statement that carries everything in its text: DDL, INSERT … SELECT, INSERT … VALUES. */
  execute(text: string, job: WriteJob): Promise<WriteStatistics>;
  /**
   * Inserts the rows in a file. The engine would take a blank line between rows in a statement's text for its end, and run what
   * follows; a file has no such end. It is faster, too.
   */
  insertFile(head: InsertHead, file: string, bytes: number, job: WriteJob): Promise<WriteStatistics>;
  size(): number;
  /** Waits for what was begun. */
  close(): Promise<void>;
}

/** Rows of one insert that go into the table at once, measured in memory. */
const maxBlockBytes = 128 * 1024 * 1024;
/** An insert is parsed on one thread, which costs the least; so a second one may run beside it. */
const maxRunning = 2;

export function startWriter(engine: Engine): Writer {
  const { native, files } = engine;
  const classifier = native.CreateConnection(files.dir, connectionArguments(files.configFile, 'classifier'));
  native.QueryWithConnection(classifier, 'SET ROLE reader; SET readonly = 1', 'Null');
  const waiting: (() => void)[] = [];
  let running = 0;
  let idle: (() => void) | undefined;

  async function run(text: string, job: WriteJob): Promise<WriteStatistics> {
    const connection: NativeConnection = native.CreateConnection(files.dir, [
      ...connectionArguments(files.configFile, job.id),
      // Besides, the rows of one request then make one block, which is inserted as a whole or not at all, up to this size.
      '--input_format_parallel_parsing=0',
      `--min_insert_block_size_bytes=${maxBlockBytes}`,
    ]);
    try {
      native.QueryWithConnection(connection, renderSetup(job), 'Null');
      const result = await native.QueryAsyncConnection(connection, text, 'Null');
      return { rows: result.rowsRead, bytes: result.bytesRead, elapsedNs: Math.round(result.elapsed * 1e9) };
    } catch (thrown) {
      throw toClickHouseException(thrown);
    } finally {
      native.CloseConnection(connection);
    }
  }

  async function inTurn(text: string, job: WriteJob): Promise<WriteStatistics> {
    if (running >= maxRunning) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await run(text, job);
    } finally {
      const next = waiting.shift();
      if (next !== undefined) next();
      else {
        running -= 1;
        if (running === 0) idle?.();
      }
    }
  }

  return {
    async classify(text) {
      const { queryClass, statementCount } = await native.DurableClassifyAsync(classifier, text, 'default');
      if (statementCount === 1 && queryClass === statementClass.mutating) return 'write';
      // Whatever cannot be parsed goes to a reader, which tells what is wrong with it and runs nothing.
      return queryClass === statementClass.readOnly || statementCount === 0 ? 'read' : 'other';
    },
    execute(text, job) {
      if (isInsert(text) && /\bINFILE\b/i.test(text)) {
        throw new ClickHouseException(497, 'ACCESS_DENIED', 'Not enough privileges. INSERT … FROM INFILE reads no file of this machine; send the rows.');
      }
      return inTurn(text, job);
    },
    async insertFile(head, file, bytes, job) {
      if (bytes === 0) return { rows: 0, bytes: 0, elapsedNs: 0 };
      const text = `${head.target} FROM INFILE ${quoteText(file)} COMPRESSION 'none' ${head.settings} FORMAT ${head.format}`;
      return inTurn(text, job);
    },
    size: () => running + waiting.length,
    async close() {
      if (running > 0) await new Promise<void>((resolve) => (idle = resolve));
      native.CloseConnection(classifier);
    },
  };
}

function renderSetup(job: WriteJob): string {
  return [
    'SET ROLE writer',
    ...(job.database === '' ? [] : [`USE ${quoteIdentifier(job.database)}`]),
    ...job.settings.filter(([name]) => !isIgnoredSetting(name)).map(([name, value]) => `SET ${name} = ${quoteText(value)}`),
    ...job.params.map(([name, value]) => `SET param_${name} = ${quoteText(value)}`),
  ].join('; ');
}
