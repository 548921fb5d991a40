import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectGapEvent } from './src/expect-gap-event.js';
import { expectSound, recoveryMs } from './src/expect-sound.js';
import { runTrial } from './src/run-trial.js';
import { Cluster, type ProcessName } from './src/start-cluster.js';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start();
});
afterAll(() => cluster?.stop());

const kill = (name: ProcessName): void => {
  const pids = cluster.pids(name);
  expect(pids).toHaveLength(1);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
};

describe.each(['auth', 'quota', 'validation', 'routing', 'recorder', 'control', 'warehouse', 'nats-server'] as const)('%s', (name) => {
  it('killed under load: nothing passes unchecked, hangs or is lost, and all is well soon after', async () => {
    const trial = await runTrial(cluster, { what: `kill -9 ${name}`, fault: () => kill(name) });
    await expectSound(cluster, trial, { recoveredByMs: recoveryMs });
  });
});

describe('ingress', () => {
  it('killed under load: its last moments alone are lost, an event says so, and strictly audited requests have their rows', async () => {
    const [instance] = await cluster.instances('ingress', 1);
    const trial = await runTrial(cluster, { what: 'kill -9 ingress', fault: () => kill('ingress') });
    const { interrupted } = await expectSound(cluster, trial, { recoveredByMs: recoveryMs, ingressKilled: true });
    expect(interrupted, 'requests that were on their way').toBeGreaterThan(0);
    await expectGapEvent(cluster, instance!, trial.faultAtMs, interrupted);
  });
});
