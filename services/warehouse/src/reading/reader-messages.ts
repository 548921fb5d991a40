import type { ReaderLimits, Setting } from './reader-settings.js';

/** One statement of a reader, as it goes to the thread that runs it. */
export interface ReaderJob {
  readonly id: string;
  readonly text: string;
  readonly defaultFormat: string;
  readonly database: string;
  readonly settings: readonly Setting[];
  readonly params: readonly (readonly [name: string, value: string])[];
  /** Answer nothing before the whole result is there (`wait_end_of_query`). */
  readonly whole: boolean;
}

export interface ReaderThreadData {
  readonly dir: string;
  readonly configFile: string;
  readonly limits: ReaderLimits;
}

export interface ReadStatistics {
  readonly rows: number;
  readonly bytes: number;
  readonly elapsedNs: number;
}

export type ToReader =
  | { readonly kind: 'run'; readonly job: ReaderJob }
  /** A block was passed on to the client; the next one may come. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'cancel' };

export type FromReader =
  /** Statistics come first where the whole result is there already. */
  | { readonly kind: 'head'; readonly format: string; readonly statistics?: ReadStatistics }
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly statistics: ReadStatistics }
  /** The exception in ClickHouse's wording, after the head or instead of it. */
  | { readonly kind: 'failed'; readonly message: string };
