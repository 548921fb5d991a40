import { z } from 'zod';
import type { ControlContext } from '../control-context.js';
import { eventSubjectFilter, parseSince } from '../events/event-filter.js';
import { openEvents } from '../events/open-events.js';
import { RefusedError } from '../refused-error.js';
import type { AdminRoute } from './admin-route.js';
import { abortWithResponse, streamChunks } from './stream-chunks.js';

/** Each follower is a consumer at the broker and an open connection here. */
const maxReaders = 100;
const defaultSince = '1h';

const eventQuerySchema = z.strictObject({
  type: z
    .string()
    .default('>')
    .refine((type) => eventSubjectFilter(type) !== undefined, 'must be like `auth.>`, `*.scope_missing` or `quota.rate_exceeded`')
    .describe('Pattern of event types, as on NATS: `*` is one part, `>` all that follow'),
  since: z
    .string()
    .refine((since) => parseSince(since, 0) !== undefined, 'must be a duration like `10m` or an instant like `2026-01-31T12:00:00Z`')
    .optional()
    .describe('From when on; by default the last hour, and with `follow` only what comes'),
  follow: z.enum(['true', 'false']).default('false').describe('Goes on with new events, until the client leaves'),
  limit: z.coerce.number().int().positive().optional().describe('Ends after so many events'),
});

export function eventRoutes(context: ControlContext): AdminRoute[] {
  let readers = 0;
  return [
    {
      method: 'GET',
      path: '/api/v1/events',
      summary: 'Security events, one CloudEvent a line, in the order in which they were stored',
      querySchema: eventQuerySchema,
      responseType: 'application/x-ndjson',
      handle: async ({ query, response }) => {
        const wish = query(eventQuerySchema);
        const follow = wish.follow === 'true';
        const since = wish.since ?? (follow ? undefined : defaultSince);
        if (!context.brokerUp()) throw new RefusedError(503, 'NATS cannot be reached');
        if (readers >= maxReaders) throw new RefusedError(503, `${maxReaders} others read events already; try again later`);
        readers++;
        try {
          const events = await openEvents(
            context.events,
            {
              subject: eventSubjectFilter(wish.type)!,
              sinceMs: since === undefined ? undefined : parseSince(since, Date.now()),
              follow,
            },
            abortWithResponse(response),
          );
          response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
          response.flushHeaders();
          await streamChunks(response, take(events, wish.limit ?? Infinity));
        } finally {
          readers--;
        }
        return undefined;
      },
    },
  ];
}

async function* take(lines: AsyncIterable<string>, limit: number): AsyncGenerator<string> {
  let taken = 0;
  for await (const line of lines) {
    yield line;
    taken++;
    if (taken >= limit) return;
  }
}
