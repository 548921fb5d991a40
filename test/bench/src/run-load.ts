import { fileURLToPath } from 'node:url';
import { startProcess } from './start-process.js';

const script = fileURLToPath(new URL('../wrk.lua', import.meta.url));

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers with a status of 400 or more, failed connections and time-outs. */
  readonly errors: number;
}

export interface LoadTarget {
  readonly url: string;
  readonly tokensFile: string;
}

/** Runs wrk as a closed loop: each of `connections` keep-alive connections sends its next request when the answer is there. */
export async function runLoad({ url, tokensFile }: LoadTarget, connections: number, seconds: number): Promise<LoadResult> {
  const wrk = startProcess('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url, '--', tokensFile]);
  const line = await wrk.waitForLine(/^\{.*\}$/, (seconds + 10) * 1000);
  await wrk.stop();
  const { requests, durationUs, p50Us, p99Us, statusErrors, socketErrors } = JSON.parse(line) as WrkSummary;
  return { requests, seconds: durationUs / 1e6, p50Ms: p50Us / 1000, p99Ms: p99Us / 1000, errors: statusErrors + socketErrors };
}

interface WrkSummary {
  readonly requests: number;
  readonly durationUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly statusErrors: number;
  readonly socketErrors: number;
}
