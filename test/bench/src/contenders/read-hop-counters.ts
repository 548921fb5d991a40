interface HopCounters {
  readonly messages: number;
  readonly requests: number;
}

const counterLine = /^sallyport_hop_(messages|requests)_total\{([^}]*)\} (\S+)/gm;

/** Messages and requests that each hop has sent so far, over all its instances. */
export async function readHopCounters(metricsUrl: string): Promise<Map<string, HopCounters>> {
  const answer = await fetch(metricsUrl);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`metrics: ${answer.status} ${text.slice(0, 300)}`);
  const counters = new Map<string, HopCounters>();
  for (const [, what, labels = '', value] of text.matchAll(counterLine)) {
    const hop = /\bhop="([^"]*)"/.exec(labels)?.[1];
    if (hop === undefined) continue;
    const { messages, requests } = counters.get(hop) ?? { messages: 0, requests: 0 };
    const more = Number(value);
    counters.set(hop, what === 'messages' ? { messages: messages + more, requests } : { messages, requests: requests + more });
  }
  return counters;
}

/** Mean requests a message of each hop between two readings. */
export function subtractCounters(after: ReadonlyMap<string, HopCounters>, before: ReadonlyMap<string, HopCounters>): Record<string, number> {
  const means: Record<string, number> = {};
  for (const [hop, { messages, requests }] of after) {
    const earlier = before.get(hop) ?? { messages: 0, requests: 0 };
    if (messages > earlier.messages) means[hop] = (requests - earlier.requests) / (messages - earlier.messages);
  }
  return means;
}
