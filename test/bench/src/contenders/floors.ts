import type { Contender } from '../contender.js';
import { drive } from '../self-drive.js';
import type { NatsDriverSettings } from '../servers/nats-driver.js';
import type { NatsHopSettings } from '../servers/nats-hop.js';
import type { UndiciDispatchSettings } from '../servers/undici-dispatch.js';
import type { UwsAnswerSettings } from '../servers/uws-answer.js';
import { startNats } from '../start-nats.js';
import { startServer } from '../start-server.js';
import { orderJson } from '../start-upstream.js';

const hops = 4;
const envelopeBytes = 700;

/** What taking a request and answering it at once costs in our listener. */
export const uwsFloor: Contender = {
  name: 'uws',
  title: 'floor: uWebSockets.js answer',
  kind: 'floor',
  programs: [],
  async start(lab) {
    const port = await lab.takePort();
    const settings: UwsAnswerSettings = { port, body: orderJson };
    const started = await startServer('uws-answer', settings);
    return { load: { url: `http://127.0.0.1:${port}` }, rootPids: [started.pid], stop: started.stop };
  },
};

/** What calling the upstream costs in our HTTP client. */
export const undiciFloor: Contender = {
  name: 'undici',
  title: 'floor: undici dispatch',
  kind: 'floor',
  programs: [],
  async start(lab) {
    const settings: UndiciDispatchSettings = { upstreamUrl: lab.upstreamUrl };
    const started = await startServer('undici-dispatch', settings);
    return {
      load: { drive: (connections, seconds) => drive(started, connections, seconds) },
      rootPids: [started.pid],
      stop: started.stop,
    };
  },
};

/**
 * What four stages cost that do nothing: a driver, four processes that pass frames on, the NATS server between them. As nothing else
 * happens, the whole loop soon travels in one message: the least that hops can cost.
 */
export const hopsFloor: Contender = {
  name: 'hops',
  title: `floor: ${hops} empty NATS stages, all batched`,
  kind: 'floor',
  programs: ['nats-server'],
  async start(lab) {
    const nats = await startNats(await lab.takePort());
    const parts = [nats.process];
    for (let hop = 0; hop < hops; hop += 1) {
      const settings: NatsHopSettings = { natsUrl: nats.url, from: `hop.${hop}`, to: `hop.${hop + 1}` };
      parts.unshift(await startServer('nats-hop', settings));
    }
    const settings: NatsDriverSettings = { natsUrl: nats.url, from: `hop.${hops}`, to: 'hop.0', frameBytes: envelopeBytes };
    const driver = await startServer('nats-driver', settings);
    return {
      load: { drive: (connections, seconds) => drive(driver, connections, seconds) },
      rootPids: [driver, ...parts].map(({ pid }) => pid),
      stop: async () => {
        for (const part of [driver, ...parts]) await part.stop();
      },
    };
  },
};
