import { ClickHouseException, toClickHouseException } from '../engine/exception.js';
import { connectionArguments, type Engine } from '../engine/engine.js';
import { statementClass, type NativeConnection } from '../engine/native.js';
import { quoteIdentifier, quoteText } from '../engine/quote.js';
import { isIgnoredSetting, type Setting } from '../reading/reader-settings.js';
import type { InsertHead } from './split-insert.js';

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

/** Runs what the recorder writes: one statement after the other, each on a connection of its own with the writer's role. */
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

export function startWriter(engine: Engine): Writer {
  const { native, files } = engine;
  const classifier = native.CreateConnection(files.dir, connectionArguments(files.configFile, 'classifier'));
  native.QueryWithConnection(classifier, 'SET ROLE reader; SET readonly = 1', 'Null');
  let tail: Promise<unknown> = Promise.resolve();
  let size = 0;

  async function run(text: string, job: WriteJob): Promise<WriteStatistics> {
    const connection: NativeConnection = native.CreateConnection(files.dir, connectionArguments(files.configFile, job.id));
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

  /** In turn: two inserts at once would only make more and smaller steps of the same work. */
  function inTurn(text: string, job: WriteJob): Promise<WriteStatistics> {
    size += 1;
    const result = tail.then(() => run(text, job)).finally(() => (size -= 1));
    tail = result.catch(() => undefined);
    return result;
  }

  return {
    async classify(text) {
      const { queryClass, statementCount } = await native.DurableClassifyAsync(classifier, text, 'default');
      if (statementCount === 1 && queryClass === statementClass.mutating) return 'write';
      // Whatever cannot be parsed goes to a reader, which tells what is wrong with it and runs nothing.
      return queryClass === statementClass.readOnly || statementCount === 0 ? 'read' : 'other';
    },
    execute(text, job) {
      if (/\bINFILE\b/i.test(text) && /^\s*INSERT\b/i.test(text)) {
        throw new ClickHouseException(497, 'ACCESS_DENIED', 'Not enough privileges. INSERT … FROM INFILE reads no file of this machine; send the rows.');
      }
      return inTurn(text, job);
    },
    async insertFile(head, file, bytes, job) {
      if (bytes === 0) return { rows: 0, bytes: 0, elapsedNs: 0 };
      const text = `${head.target} FROM INFILE ${quoteText(file)} COMPRESSION 'none' ${head.settings} FORMAT ${head.format}`;
      return inTurn(text, job);
    },
    size: () => size,
    async close() {
      await tail;
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
