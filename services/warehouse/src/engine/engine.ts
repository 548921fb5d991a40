import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptySpool, writeEngineFiles, type EngineFiles } from './engine-files.js';
import { loadNativeEngine, type NativeEngine } from './native.js';
import { quoteText } from './quote.js';

/** The engine, opened on its directory. No two processes can hold one directory. */
export interface Engine {
  readonly native: NativeEngine;
  readonly files: EngineFiles;
  readonly version: string;
  /** Stops what runs under the id that its connection was opened with. Does not wait for it. */
  cancel(statementId: string): void;
  /** Call it when nothing runs any more; the process may then exit. */
  close(): void;
}

/** The directory is taken or cannot be used; the message is for the operator. */
export class EngineUnavailableError extends Error {
  override name = 'EngineUnavailableError';
}

/** Opens the engine on `dir`, which is made where it is missing. Throws `EngineUnavailableError`. */
export function openEngine(dir: string, engineMemoryBytes: number): Engine {
  const native = loadNativeEngine();
  const files = writeEngineFiles(dir, engineMemoryBytes);
  const canceller = connectFirst(native, files);
  emptySpool(files.spoolDir);
  native.QueryWithConnection(canceller, 'SET ROLE canceller', 'Null');
  const version = native.QueryWithConnection(canceller, 'SELECT version()', 'TabSeparated').trim();

  return {
    native,
    files,
    version,
    cancel(statementId) {
      native.QueryWithConnection(canceller, `KILL QUERY WHERE Settings['log_comment'] = ${quoteText(statementId)} ASYNC`, 'Null');
    },
    close() {
      native.CloseConnection(canceller);
    },
  };
}

/**
 * Arguments of every connection; `statementId` is what `cancel` finds it by. The embedded engine's defaults that differ from
 * a server's are put right.
 */
export function connectionArguments(configFile: string, statementId: string): string[] {
  return [
    `--config-file=${configFile}`,
    `--log_comment=${statementId}`,
    '--implicit_select=0',
    '--allow_introspection_functions=0',
    // Statements are measured when they are read; parameters count here, and may be long.
    '--max_query_size=33554432',
  ];
}

function connectFirst(native: NativeEngine, files: EngineFiles) {
  try {
    return native.CreateConnection(files.dir, connectionArguments(files.configFile, ''));
  } catch (thrown) {
    const holder = readLockHolder(files.dir);
    if (holder !== undefined) {
      throw new EngineUnavailableError(`${files.dir} is in use by process ${holder}; stop it or choose another directory`);
    }
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new EngineUnavailableError(`cannot open ${files.dir}: ${reason}`);
  }
}

/** The engine writes its process id into `status`, and locks that file for as long as it lives. */
function readLockHolder(dir: string): number | undefined {
  let pid: number;
  try {
    pid = Number(/^PID: (\d+)/m.exec(readFileSync(join(dir, 'status'), 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
  if (!Number.isInteger(pid) || pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : undefined;
  }
}
