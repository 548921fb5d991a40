import { createRequire } from 'node:module';

/** A connection to the engine in this process. It runs one statement at a time. */
export interface NativeConnection {
  readonly nativeConnection: unique symbol;
}

export interface NativeStream {
  readonly nativeStream: unique symbol;
}

export interface NativeResult {
  readonly bytes: Buffer;
  /** Seconds. */
  readonly elapsed: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
}

export interface NativeChunk {
  readonly bytes: Buffer;
  readonly numRows: number;
  readonly done: boolean;
}

/** What the engine's own parser says about a text. */
export interface Classification {
  readonly statementCount: number;
  /** One of `statementClass`. */
  readonly queryClass: number;
}

/** The classes of `Classification`, as chdb.h numbers them. */
export const statementClass = { readOnly: 0, mutating: 1, mutatingGlobal: 2, control: 3, unknown: 4 } as const;

/** chDB's addon. Functions without `Async` run on the calling thread, the others on a thread of libuv's pool. */
export interface NativeEngine {
  CreateConnection(path: string, args: readonly string[]): NativeConnection;
  CloseConnection(connection: NativeConnection): void;
  QueryWithConnection(connection: NativeConnection, sql: string, format: string): string;
  QueryAsyncConnection(connection: NativeConnection, sql: string, format: string): Promise<NativeResult>;
  DurableClassifyAsync(connection: NativeConnection, sql: string, database: string): Promise<Classification>;
  /** Plans the query, and computes its scalar subqueries, before it returns. */
  StreamQuery(connection: NativeConnection, sql: string, format: string): NativeStream;
  StreamFetch(stream: NativeStream): Promise<NativeChunk>;
  StreamCancel(stream: NativeStream): void;
}

/**
 * Loads the engine. The addon is used directly, because the module around it offers neither raw results of a statement that
 * waits nor the classifier. Throws where there is no binary for the platform.
 */
export function loadNativeEngine(): NativeEngine {
  const require = createRequire(import.meta.url);
  const { loadNative } = createRequire(require.resolve('chdb'))('./dist/loader.js') as { loadNative: () => NativeEngine };
  return loadNative();
}
