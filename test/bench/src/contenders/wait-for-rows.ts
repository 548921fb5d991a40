import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 50;
const quietMs = 600;
const patienceMs = 20_000;

/** How many rows of `requests` can be queried now. */
export async function countRows(clickhouseUrl: string): Promise<number> {
  const answer = await fetch(`${clickhouseUrl}/?${new URLSearchParams({ query: 'SELECT count() FROM requests' })}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`counting rows: ${answer.status} ${text.slice(0, 300)}`);
  return Number(text);
}

/** Resolves when no row has come for a while, so that none of an earlier phase falls into the next. */
export async function waitForQuiet(clickhouseUrl: string): Promise<void> {
  const deadlineMs = performance.now() + patienceMs;
  for (let rows = await countRows(clickhouseUrl), sinceMs = performance.now(); performance.now() - sinceMs < quietMs; ) {
    if (performance.now() > deadlineMs) throw new Error('rows keep coming although nobody sends requests');
    await sleep(pollMs);
    const rowsNow = await countRows(clickhouseUrl);
    if (rowsNow !== rows) [rows, sinceMs] = [rowsNow, performance.now()];
  }
}

/** Resolves when `expected` rows can be queried, or none has come for long: then it says how many are missing. */
export async function waitForRows(clickhouseUrl: string, expected: number): Promise<{ recordingLagS: number; missingRows: number }> {
  const startedMs = performance.now();
  const lagS = () => (performance.now() - startedMs) / 1000;
  for (let rows = await countRows(clickhouseUrl), sinceMs = startedMs; ; ) {
    if (rows >= expected) return { recordingLagS: lagS(), missingRows: 0 };
    if (performance.now() - sinceMs > patienceMs) return { recordingLagS: lagS(), missingRows: expected - rows };
    await sleep(pollMs);
    const rowsNow = await countRows(clickhouseUrl);
    if (rowsNow !== rows) [rows, sinceMs] = [rowsNow, performance.now()];
  }
}
