import type { Contender } from '../contender.js';
import { audience, issuer } from '../mint-tokens.js';
import type { FastifySettings } from '../servers/fastify-gateway.js';
import { startServer } from '../start-server.js';

export const fastifyCached = describeFastify('fastify', true);
export const fastifyUncached = describeFastify('fastify-uncached', false);

function describeFastify(name: string, cached: boolean): Contender {
  return {
    name,
    title: `Fastify 5, tokens ${cached ? 'cached' : 'not cached'}`,
    kind: 'peer',
    programs: [],
    refusalStatus: 400,
    async start(lab) {
      const { publicPem } = await lab.credentials('ES256');
      const port = await lab.takePort();
      const settings: FastifySettings = { port, upstreamUrl: lab.upstreamUrl, publicPem, issuer, audience, cached };
      const started = await startServer('fastify-gateway', settings);
      return { load: { url: `http://127.0.0.1:${port}` }, rootPids: [started.pid], stop: started.stop };
    },
  };
}
