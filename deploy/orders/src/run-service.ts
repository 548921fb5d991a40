import type { RunningService } from './listen-on-loopback.js';

/** Reads a port from the environment; ends the process with exit code 2 where it is none. */
export function readPort(variable: string, fallback: number): number {
  const text = process.env[variable];
  if (text === undefined || text === '') return fallback;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  console.error(`${variable}: a port from 0 to 65535 is needed`);
  process.exit(2);
}

/** Starts a service, prints one line once it listens, and stops it on SIGTERM or SIGINT with exit code 0. */
export async function runService(name: string, portVariable: string, start: () => Promise<RunningService>): Promise<void> {
  let service: RunningService;
  try {
    service = await start();
  } catch (error) {
    console.error(`${name}: ${explain(error, portVariable)}`);
    process.exit(1);
  }
  console.log(`${name} listening on ${service.url}`);
  const stop = (): void => {
    void service.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
}

function explain(error: unknown, portVariable: string): string {
  if (!(error instanceof Error)) return String(error);
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `port ${port} is in use; free it, or set ${portVariable}`;
  return error.message;
}
