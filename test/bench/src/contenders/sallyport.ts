import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender, WindowFacts } from '../contender.js';
import { startProcess } from '../start-process.js';
import { readHopCounters, subtractCounters } from './read-hop-counters.js';
import { countRows, waitForQuiet, waitForRows } from './wait-for-rows.js';
import { writePolicy } from './write-policy.js';

const program = fileURLToPath(new URL('../../../../bin/sallyport', import.meta.url));
const profileHook = new URL('../profile-hook.js', import.meta.url);
const startTimeoutMs = 60_000;

/** This gateway with all that belongs to it; only the engine of the embedded warehouse does not count. */
export const sallyport: Contender = {
  name: 'sallyport',
  title: 'Sallyport, every request recorded',
  kind: 'ours',
  programs: ['nats-server'],
  refusalStatus: 400,
  findObstacle: () => (existsSync(program) ? undefined : 'bin/sallyport is missing'),
  async start(lab) {
    const directory = join(lab.directory, 'sallyport');
    mkdirSync(directory);
    const policyFile = writePolicy(directory, lab.upstreamUrl, (await lab.credentials('ES256')).jwks);
    const [port, adminPort, clickhousePort, natsPort] = [await lab.takePort(), await lab.takePort(), await lab.takePort(), await lab.takePort()];
    const ports = ['--port', port, '--admin-port', adminPort, '--clickhouse-port', clickhousePort, '--nats-port', natsPort].map(String);
    const started = startProcess(program, ['up', '-c', policyFile, '--data', join(directory, 'data'), ...ports], {
      environment: profileEnvironment(lab.profileDirectory),
    });
    await started.waitForLine(/^ready http/, startTimeoutMs);

    const clickhouseUrl = `http://127.0.0.1:${clickhousePort}`;
    const metricsUrl = `http://127.0.0.1:${adminPort}/metrics`;
    return {
      load: { url: `http://127.0.0.1:${port}` },
      rootPids: [started.pid],
      uncounted: new Set(['warehouse']),
      stop: started.stop,
      openWindow: async () => {
        await waitForQuiet(clickhouseUrl);
        const [rowsBefore, hopsBefore] = [await countRows(clickhouseUrl), await readHopCounters(metricsUrl)];
        return async (requests): Promise<WindowFacts> => {
          const recording = await waitForRows(clickhouseUrl, rowsBefore + requests);
          return { ...recording, meanBatches: subtractCounters(await readHopCounters(metricsUrl), hopsBefore) };
        };
      },
    };
  },
};

function profileEnvironment(profileDirectory: string | undefined): Record<string, string> {
  if (profileDirectory === undefined) return {};
  return { NODE_OPTIONS: `--import=${profileHook.href}`, SALLYPORT_BENCH_PROFILE_DIRECTORY: profileDirectory };
}
