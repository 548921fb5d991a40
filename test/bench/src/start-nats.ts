import { availableParallelism } from 'node:os';
import { startProcess, type StartedProcess } from './start-process.js';

// As `sallyport up` runs its own, so that nobody's server is better set than another's.
const environment = { GOMAXPROCS: String(Math.max(1, availableParallelism() >> 1)), GOGC: '400' };

/** Starts a nats-server without JetStream on `port` of 127.0.0.1. */
export async function startNats(port: number): Promise<{ readonly url: string; readonly process: StartedProcess }> {
  const started = startProcess('nats-server', ['-a', '127.0.0.1', '-p', String(port)], { environment });
  await started.waitForPort(port, 5000);
  return { url: `nats://127.0.0.1:${port}`, process: started };
}
