import { announceReady, readSettings } from '../start-server.js';
import { BatchedLink, connectTo, receiveFrames } from './batched-link.js';

export interface NatsHopSettings {
  readonly natsUrl: string;
  readonly from: string;
  readonly to: string;
}

const settings = readSettings<NatsHopSettings>();
const connection = await connectTo(settings.natsUrl);
const next = new BatchedLink(connection, settings.to);

receiveFrames(connection, settings.from, (frame) => next.send(frame));
await connection.flush();
announceReady();
