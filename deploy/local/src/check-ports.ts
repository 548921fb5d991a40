import { createServer } from 'node:net';
import { UpError } from './lock-data-dir.js';

export interface PortUse {
  readonly host: string;
  readonly port: number;
  readonly flag: string;
  readonly what: string;
}

/** Throws an `UpError` that names the first port that cannot be had, and the flag for another. */
export async function checkPorts(uses: readonly PortUse[]): Promise<void> {
  for (const use of uses) await checkPort(use);
}

function checkPort({ host, port, flag, what }: PortUse): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? 'is in use'
          : error.code === 'EACCES'
            ? 'may not be used by this user'
            : `cannot be had (${error.code})`;
      reject(new UpError(`port ${port} (${what}) ${why}; give ${flag} another one`));
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve()));
  });
}
