import type { Contender } from '../contender.js';
import { audience, issuer } from '../mint-tokens.js';
import type { MoleculerGatewaySettings } from '../servers/moleculer-gateway.js';
import type { MoleculerOrdersSettings } from '../servers/moleculer-orders.js';
import { startNats } from '../start-nats.js';
import { startServer } from '../start-server.js';

/** The same idea as ours, on a general framework: a gateway process, a service process and a NATS server. */
export const moleculer: Contender = {
  name: 'moleculer',
  title: 'moleculer-web over NATS, tokens cached',
  kind: 'peer',
  programs: ['nats-server'],
  refusalStatus: 422,
  async start(lab) {
    const { publicPem } = await lab.credentials('ES256');
    const port = await lab.takePort();
    const nats = await startNats(await lab.takePort());
    const ordersSettings: MoleculerOrdersSettings = { natsUrl: nats.url, upstreamUrl: lab.upstreamUrl };
    const orders = await startServer('moleculer-orders', ordersSettings);
    const gatewaySettings: MoleculerGatewaySettings = { natsUrl: nats.url, port, publicPem, issuer, audience };
    const gateway = await startServer('moleculer-gateway', gatewaySettings);
    const parts = [gateway, orders, nats.process];
    return {
      load: { url: `http://127.0.0.1:${port}` },
      rootPids: parts.map(({ pid }) => pid),
      stop: async () => {
        for (const part of parts) await part.stop();
      },
    };
  },
};
