import { z } from 'zod';
import type { AdminRoute } from './admin-route.js';

const problem = {
  description: 'Refused; `detail` says why',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    errors: { type: 'array', items: { type: 'string' }, description: 'Each fault, where there are several' },
  },
};

/** The OpenAPI 3.1 document of the admin API, made from the table of its routes. */
export function renderOpenApi(routes: readonly AdminRoute[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = renderOperation(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Sallyport admin API', version, description: 'Policy revisions, keys, revocations, events, records and status of one gateway.' },
    security: [{ adminToken: [] }],
    paths,
    components: {
      securitySchemes: { adminToken: { type: 'http', scheme: 'bearer', description: 'The token in admin.json' } },
      schemas: { Problem: problemSchema },
    },
  };
}

function renderOperation({ method, path, summary, open, querySchema, requestSchema, responseSchema, responseType }: AdminRoute): Record<string, unknown> {
  const answerType = responseType ?? 'application/json';
  return {
    operationId: `${method.toLowerCase()}${path.replace('/api/v1', '').replaceAll(/[/:.]+(\w)/g, (_, first: string) => first.toUpperCase())}`,
    summary,
    ...(open === true ? { security: [] } : {}),
    parameters: [...pathParameters(path), ...queryParameters(querySchema)],
    ...(requestSchema === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(requestSchema) } } } }),
    responses: {
      200: { description: summary, content: { [answerType]: responseSchema === undefined ? {} : { schema: schemaOf(responseSchema) } } },
      default: problem,
    },
  };
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
}

function queryParameters(schema: z.ZodObject | undefined): object[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema) as { properties?: Record<string, { description?: string }>; required?: string[] };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}
