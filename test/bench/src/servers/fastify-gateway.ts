import jwt from '@fastify/jwt';
import rateLimit from '@fastify/rate-limit';
import replyFrom from '@fastify/reply-from';
import fastify, { type FastifyRequest } from 'fastify';
import { announceReady, readSettings } from '../start-server.js';

export interface FastifySettings {
  readonly port: number;
  readonly upstreamUrl: string;
  readonly publicPem: string;
  readonly issuer: string;
  readonly audience: string;
  readonly cached: boolean;
}

const settings = readSettings<FastifySettings>();
const app = fastify();

await app.register(jwt, {
  secret: { public: settings.publicPem },
  verify: { algorithms: ['ES256'], allowedIss: settings.issuer, allowedAud: settings.audience, cache: settings.cached },
});
await app.register(rateLimit, { global: false, hook: 'preHandler' });
await app.register(replyFrom, { base: settings.upstreamUrl, undici: { connections: 128, pipelining: 1, keepAliveTimeout: 60_000 } });

app.get(
  '/orders/:id',
  {
    schema: {
      params: { type: 'object', required: ['id'], properties: { id: { type: 'integer', minimum: 1 } } },
      querystring: {
        type: 'object',
        additionalProperties: false,
        properties: { expand: { type: 'string', enum: ['items', 'customer'] } },
      },
    },
    config: { rateLimit: { max: 1_000_000, timeWindow: '1 second', keyGenerator: readConsumer } },
    onRequest: async (request) => {
      await request.jwtVerify();
    },
  },
  (request, reply) => reply.from(request.url),
);

await app.listen({ port: settings.port, host: '127.0.0.1' });
announceReady();

function readConsumer(request: FastifyRequest): string {
  return (request.user as { azp: string }).azp;
}
