import { fileURLToPath } from 'node:url';
import { startProcess, type StartedProcess } from './start-process.js';

/** Starts one of `servers/` in a Node process of its own, which reads `settings` with `readSettings`. Resolves when it serves. */
export async function startServer(name: string, settings: object): Promise<StartedProcess> {
  const file = fileURLToPath(new URL(`./servers/${name}.js`, import.meta.url));
  const started = startProcess(process.execPath, [file, JSON.stringify(settings)], { channel: true, environment: { NODE_ENV: 'production' } });
  await started.waitForLine(/^ready$/, 15_000);
  return started;
}

/** The settings that `startServer` was given; for the process that it started. */
export function readSettings<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

/** Tells `startServer` that this process serves, and lets SIGTERM or the end of the bench end it. */
export function announceReady(): void {
  process.once('disconnect', () => process.exit());
  process.once('SIGTERM', () => process.exit());
  process.stdout.write('ready\n');
}
