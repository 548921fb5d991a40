import uws from 'uWebSockets.js';
import { announceReady, readSettings } from '../start-server.js';

export interface UwsAnswerSettings {
  readonly port: number;
  readonly body: string;
}

const { port, body } = readSettings<UwsAnswerSettings>();

uws
  .App()
  .get('/orders/:id', (response) => {
    response.cork(() => response.writeHeader('content-type', 'application/json').end(body));
  })
  .listen('127.0.0.1', port, (socket) => {
    if (socket === false) throw new Error(`port ${port} cannot be opened`);
    announceReady();
  });
