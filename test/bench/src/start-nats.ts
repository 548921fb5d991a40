import { startProcess, type StartedProcess } from './start-process.js';

/** Starts a nats-server without JetStream on `port` of 127.0.0.1. */
export async function startNats(port: number): Promise<{ readonly url: string; readonly process: StartedProcess }> {
  const started = startProcess('nats-server', ['-a', '127.0.0.1', '-p', String(port)]);
  await started.waitForPort(port, 5000);
  return { url: `nats://127.0.0.1:${port}`, process: started };
}
