import { importSPKI, type JWTPayload, jwtVerify } from 'jose';
import { type Context, ServiceBroker } from 'moleculer';
import ApiGateway from 'moleculer-web';
import type { IncomingMessage } from 'node:http';
import { announceReady, readSettings } from '../start-server.js';

export interface MoleculerGatewaySettings {
  readonly natsUrl: string;
  readonly port: number;
  readonly publicPem: string;
  readonly issuer: string;
  readonly audience: string;
}

const settings = readSettings<MoleculerGatewaySettings>();
const key = await importSPKI(settings.publicPem, 'ES256');
const verified = new Map<string, JWTPayload>();

async function verify(token: string): Promise<JWTPayload> {
  const known = verified.get(token);
  if (known !== undefined && (known.exp ?? 0) * 1000 > Date.now()) return known;
  const { payload } = await jwtVerify(token, key, { algorithms: ['ES256'], issuer: settings.issuer, audience: settings.audience });
  if (verified.size >= 1000) verified.clear();
  verified.set(token, payload);
  return payload;
}

const broker = new ServiceBroker({ nodeID: 'gateway', transporter: settings.natsUrl, logger: false });

broker.createService({
  name: 'api',
  mixins: [ApiGateway],
  settings: {
    ip: '127.0.0.1',
    port: settings.port,
    // It counts before it authenticates, so its key is what the consumer presents.
    rateLimit: { window: 1000, limit: 1_000_000, headers: true, key: (request: IncomingMessage) => request.headers.authorization ?? 'nobody' },
    routes: [
      {
        path: '/',
        mappingPolicy: 'restrict',
        bodyParsers: false,
        authorization: true,
        aliases: { 'GET /orders/:id': 'orders.get' },
      },
    ],
  },
  methods: {
    async authorize(context: Context<unknown, { consumer?: string }>, _route: unknown, request: IncomingMessage) {
      const [scheme, token] = (request.headers.authorization ?? '').split(' ');
      if (scheme !== 'Bearer' || token === undefined) throw new ApiGateway.Errors.UnAuthorizedError('NO_TOKEN', null);
      const payload = await verify(token).catch(() => {
        throw new ApiGateway.Errors.UnAuthorizedError('INVALID_TOKEN', null);
      });
      context.meta.consumer = String(payload['azp']);
    },
  },
});

await broker.start();
await broker.waitForServices('orders', 10_000);
announceReady();
