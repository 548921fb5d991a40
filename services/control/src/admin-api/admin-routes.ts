import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ControlContext } from '../control-context.js';
import type { AdminRoute } from './admin-route.js';
import { eventRoutes } from './event-routes.js';
import { keyRoutes } from './key-routes.js';
import { renderOpenApi } from './openapi-document.js';
import { policyRoutes } from './policy-routes.js';
import { requestRoutes } from './request-routes.js';
import { revocationRoutes } from './revocation-routes.js';
import { sqlRoutes } from './sql-routes.js';
import { systemRoutes } from './system-routes.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

/** Everything that the admin API serves. */
export function adminRoutes(context: ControlContext): AdminRoute[] {
  const routes = [
    ...systemRoutes(context),
    ...policyRoutes(context),
    ...keyRoutes(context),
    ...revocationRoutes(context),
    ...eventRoutes(context),
    ...sqlRoutes(context),
    ...requestRoutes(context),
  ];
  const itself: AdminRoute = {
    method: 'GET',
    path: '/api/v1/openapi.json',
    open: true,
    summary: 'This API as an OpenAPI document',
    responseSchema: z.looseObject({ openapi: z.string() }),
    handle: async () => document,
  };
  const document = renderOpenApi([...routes, itself], version);
  return [...routes, itself];
}
