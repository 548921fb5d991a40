import { Pool } from 'undici';
import { serveDriving } from '../self-drive.js';
import { announceReady, readSettings } from '../start-server.js';

export interface UndiciDispatchSettings {
  readonly upstreamUrl: string;
}

const pool = new Pool(readSettings<UndiciDispatchSettings>().upstreamUrl, { connections: 128, pipelining: 1 });
const target = { method: 'GET', path: '/orders/1001?expand=items', headers: { accept: 'application/json', 'x-consumer-id': 'bench-0' } } as const;

serveDriving((settled) => {
  let status = 0;
  // undici wraps handlers of the newer kind into this one.
  pool.dispatch(target, {
    onConnect: () => {},
    onHeaders: (statusCode) => {
      status = statusCode;
      return true;
    },
    onData: () => true,
    onComplete: () => settled(status !== 200),
    onError: () => settled(true),
  });
});
announceReady();
