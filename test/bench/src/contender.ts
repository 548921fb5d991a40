import type { Lab } from './lab.js';
import type { LoadResult } from './run-load.js';
import type { Algorithm } from './mint-tokens.js';

/** Something that is measured: a gateway, or a floor below which no gateway built on that part can get. */
export interface Contender {
  /** For `--only` and the JSON. */
  readonly name: string;
  readonly title: string;
  readonly kind: 'ours' | 'peer' | 'proxy' | 'floor';
  /** Left out unless `--only` names it. */
  readonly optional?: boolean;
  /** Programs it needs on the PATH. */
  readonly programs: readonly string[];
  /** Why it cannot run here, besides missing programs. */
  findObstacle?(): string | undefined;
  /** Of the tokens that it is sent; ES256 unless said. */
  readonly algorithm?: Algorithm;
  /** Status of its refusal of bad parameters; undefined when it checks nothing at all. */
  readonly refusalStatus?: number;
  /** Resolves when it serves. What it started before failing is stopped by the caller. */
  start(lab: Lab): Promise<RunningContender>;
}

export interface RunningContender {
  /** Where wrk sends requests, or how the contender drives itself. */
  readonly load: { readonly url: string } | { drive(connections: number, seconds: number): Promise<LoadResult> };
  /** Processes that count, with everything below them. */
  readonly rootPids: readonly number[];
  /** Labels of processes below `rootPids` that do not count. */
  readonly uncounted?: ReadonlySet<string>;
  /** Called when the measured window opens; what it returns is called when the load has ended, and its end closes the window. */
  openWindow?(): Promise<(requests: number) => Promise<WindowFacts>>;
  stop(): Promise<void>;
}

export interface WindowFacts {
  /** Requests a message, for each hop. */
  readonly meanBatches?: Readonly<Record<string, number>>;
  /** From the last answer until the last row could be queried. */
  readonly recordingLagS?: number;
  readonly missingRows?: number;
}
