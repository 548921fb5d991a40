import { serveDriving } from '../self-drive.js';
import { announceReady, readSettings } from '../start-server.js';
import { BatchedLink, connectTo, receiveFrames } from './batched-link.js';

export interface NatsDriverSettings {
  readonly natsUrl: string;
  readonly from: string;
  readonly to: string;
  readonly frameBytes: number;
}

const settings = readSettings<NatsDriverSettings>();
const connection = await connectTo(settings.natsUrl);
const first = new BatchedLink(connection, settings.to);
const waiting = new Map<number, (failed: boolean) => void>();
let lastNumber = 0;

receiveFrames(connection, settings.from, (frame) => {
  const number = frame.readUInt32LE(0);
  const settled = waiting.get(number);
  waiting.delete(number);
  settled?.(frame.length !== settings.frameBytes);
});

serveDriving((settled) => {
  lastNumber = (lastNumber + 1) >>> 0;
  const frame = Buffer.alloc(settings.frameBytes);
  frame.writeUInt32LE(lastNumber, 0);
  waiting.set(lastNumber, settled);
  first.send(frame);
});
await connection.flush();
announceReady();
