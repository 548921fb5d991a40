import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RunningService {
  /** Without a slash at the end. */
  readonly url: string;
  /** Takes no more connections and lets requests in flight finish, for at most 3 s. */
  close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 3_000;

/** Listens on 127.0.0.1; rejects with the system's error where the port cannot be had. */
export async function listenOnLoopback(server: Server, port: number): Promise<RunningService> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
