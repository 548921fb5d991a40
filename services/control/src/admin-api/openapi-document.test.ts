import { compileContract } from '@sallyport/contract';
import { describe, expect, it } from 'vitest';
import type { ControlContext } from '../control-context.js';
import { adminRoutes } from './admin-routes.js';
import { renderOpenApi } from './openapi-document.js';

// The table of routes is made without touching what it will work with.
const routes = adminRoutes({} as ControlContext);

describe('the OpenAPI document of the admin API', () => {
  const document = renderOpenApi(routes, '1.2.3');

  it('is a contract that our own engine can enforce', () => {
    const contract = compileContract(JSON.parse(JSON.stringify(document)));
    for (const { method, path } of routes) expect(contract.findOperation(method, path.replaceAll(/:\w+/g, 'x')), `${method} ${path}`).toBeDefined();
  });

  it('has an operation id of its own for each route, and says which need the token', () => {
    const operations = Object.values(document['paths'] as Record<string, Record<string, { operationId: string; security?: unknown[] }>>).flatMap((item) => Object.values(item));
    expect(operations).toHaveLength(routes.length);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(routes.length);
    expect(operations.filter(({ security }) => security !== undefined).map(({ operationId }) => operationId).toSorted()).toEqual([
      'getHealthz', 'getMetrics', 'getOpenapiJson', 'getReadyz',
    ]);
  });

  it('describes parameters of path and query', () => {
    const events = (document['paths'] as Record<string, Record<string, { parameters: { name: string; required: boolean }[] }>>)['/api/v1/events']!['get']!;
    expect(events.parameters.map(({ name, required }) => [name, required])).toEqual([['type', false], ['since', false], ['follow', false], ['limit', false]]);
  });
});
