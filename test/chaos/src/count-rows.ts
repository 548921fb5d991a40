import { eventually, type TestGateway } from '@sallyport/e2e';

export interface RowsOfRequest {
  readonly id: string;
  readonly rows: number;
  readonly status: number;
  readonly reason: string;
}

/** Ids a statement can name; ClickHouse takes 256 KiB. */
const idsAtOnce = 4_000;

/**
 * The rows of every request, by its id. Waits for all of `owed`, but not for ever: `withinMs` for each few thousand of them.
 * A warehouse that is away is asked again.
 */
export async function countRows(gateway: TestGateway, owed: readonly string[], withinMs: number): Promise<Map<string, RowsOfRequest>> {
  const counts = new Map<string, RowsOfRequest>();
  for (let at = 0; at < owed.length; at += idsAtOnce) {
    const some = owed.slice(at, at + idsAtOnce);
    const list = some.map((id) => `'${id}'`).join(',');
    const query = `SELECT toString(request_id) AS id, toUInt32(count()) AS rows, any(status) AS status, any(reason) AS reason
      FROM requests WHERE request_id IN (${list}) GROUP BY id`;
    let found: RowsOfRequest[] = [];
    const ask = async () => {
      found = await gateway.sql<RowsOfRequest>(query).catch(() => found);
      return found.length >= some.length ? true : undefined;
    };
    await eventually('the rows of all answers', ask, withinMs).catch(() => undefined);
    for (const row of found) counts.set(row.id, row);
  }
  return counts;
}

/** Rows too many in the whole table. */
export async function countDoubled(gateway: TestGateway): Promise<number> {
  const [row] = await gateway.sql<{ doubled: number }>('SELECT toUInt32(count() - uniqExact(request_id)) AS doubled FROM requests');
  return row!.doubled;
}
