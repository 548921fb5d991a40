import { eventually } from '@sallyport/e2e';
import { expect } from 'vitest';
import type { Cluster } from './start-cluster.js';

/** An ingress counts as dead after five seconds of silence; looking, closing its lane and writing take their time, too. */
const closedWithinMs = 10_000;

/** The recorder has said of one ingress, once a lane, that records may be missing, how many ms of them, and what was interrupted. */
export async function expectGapEvent({ gateway }: Cluster, instance: string, faultAtMs: number, interrupted: number): Promise<void> {
  const event = await eventually('the event of the gap', async () => {
    const rows = await gateway.sql<{ event: string }>("SELECT event FROM security_events WHERE type = 'recorder.records_gap'");
    const events = rows.map((row) => (JSON.parse(row.event) as { data: { unmapped: Record<string, unknown> } }).data.unmapped);
    const ours = events.filter(({ ingress }) => ingress === instance);
    expect(ours.length).toBeLessThan(2);
    return ours[0];
  });
  expect(event).toMatchObject({ missing_at_most_ms: 50, interrupted_requests: interrupted });
  const closedAtMs = Date.parse(String(event['closed_at']));
  expect(closedAtMs).toBeGreaterThan(faultAtMs);
  expect(closedAtMs).toBeLessThan(faultAtMs + closedWithinMs);
}
