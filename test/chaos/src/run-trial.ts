import { type Answer, driveLoad } from './drive-load.js';
import { type Kind, mixedKinds, unansweredKind } from './kinds.js';
import type { Cluster } from './start-cluster.js';

/** What came of a fault under load. */
export interface Trial {
  readonly what: string;
  readonly answers: readonly Answer[];
  /** When the fault began and, if something was stopped for a while, when that ended. */
  readonly faultAtMs: number;
  readonly endedAtMs: number;
}

export interface TrialOptions {
  /** Named in the summary. */
  readonly what: string;
  readonly fault: () => Promise<void> | void;
  readonly kinds?: readonly Kind[];
  readonly clients?: number;
  readonly pauseMs?: number;
  /** How long the load goes on after the fault. */
  readonly afterMs?: number;
}

const beforeMs = 1_000;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Some 300 to 1,000 requests a second while something breaks: 24 clients of mixed kinds, two that the upstream lets wait. */
export async function runTrial(cluster: Cluster, options: TrialOptions): Promise<Trial> {
  const { what, fault, kinds = mixedKinds, clients = 24, pauseMs = 25, afterMs = 4_500 } = options;
  const { gateway, upstream, key } = cluster;
  upstream.seen.length = 0;
  const loads = [
    driveLoad({ url: gateway.url, key, kinds, clients, pauseMs }),
    driveLoad({ url: gateway.url, key, kinds: [unansweredKind], clients: 2, pauseMs }),
  ];
  await pause(beforeMs);
  const faultAtMs = Date.now();
  await fault();
  const endedAtMs = Date.now();
  await pause(afterMs);
  await Promise.all(loads.map((load) => load.stop()));
  return { what, answers: loads.flatMap(({ answers }) => answers), faultAtMs, endedAtMs };
}
