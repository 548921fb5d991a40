import { type Context, ServiceBroker } from 'moleculer';
import { Pool } from 'undici';
import { announceReady, readSettings } from '../start-server.js';

export interface MoleculerOrdersSettings {
  readonly natsUrl: string;
  readonly upstreamUrl: string;
}

const settings = readSettings<MoleculerOrdersSettings>();
const upstream = new Pool(settings.upstreamUrl, { connections: 128, pipelining: 1 });
const broker = new ServiceBroker({ nodeID: 'orders', transporter: settings.natsUrl, logger: false });

broker.createService({
  name: 'orders',
  actions: {
    get: {
      params: {
        $$strict: true,
        id: { type: 'string', pattern: /^[0-9]+$/ },
        expand: { type: 'enum', values: ['items', 'customer'], optional: true },
      },
      async handler(context: Context<{ id: string; expand?: string }>) {
        const { id, expand } = context.params;
        const path = expand === undefined ? `/orders/${id}` : `/orders/${id}?expand=${expand}`;
        const answer = await upstream.request({ method: 'GET', path });
        return answer.body.json();
      },
    },
  },
});

await broker.start();
announceReady();
