import { z } from 'zod';
import type { ControlContext } from '../control-context.js';
import type { AdminRoute } from './admin-route.js';
import { abortWithResponse, streamChunks } from './stream-chunks.js';

const sqlSchema = z.strictObject({
  query: z.string().min(1).describe('One statement that reads: SELECT, SHOW, DESCRIBE, EXPLAIN, EXISTS'),
  format: z
    .string()
    .regex(/^[A-Za-z0-9]+$/, 'must be the name of a format of ClickHouse')
    .default('JSON')
    .describe('A format of ClickHouse, for statements that name none'),
});

export function sqlRoutes({ warehouse }: ControlContext): AdminRoute[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/sql',
      summary: 'Runs a statement on ClickHouse, read-only; the result is passed on as it comes, an exception is a 400 with its text',
      requestSchema: sqlSchema,
      responseType: '*/*',
      handle: async ({ body, response }) => {
        const { query, format } = await body(sqlSchema);
        const answer = await warehouse.query({ query, format, signal: abortWithResponse(response) });
        const passedOn = ['content-type', 'x-clickhouse-format', 'x-clickhouse-summary', 'x-clickhouse-query-id'];
        response.writeHead(200, {
          'cache-control': 'no-store',
          ...Object.fromEntries(passedOn.flatMap((name) => (answer.headers.has(name) ? [[name, answer.headers.get(name)!]] : []))),
        });
        if (answer.body === null) response.end();
        else await streamChunks(response, answer.body);
        return undefined;
      },
    },
  ];
}
