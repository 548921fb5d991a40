import { type QuotaFacts, writeQuota } from '@sallyport/envelope';
import { Gauge } from '@sallyport/observe';
import { connectIdentity, type Hop, PolicyStore, readServiceEnvironment, runService, serveStage, ServiceRuntime, subjects } from '@sallyport/pipeline';
import { compileLimits, type LimitPlan } from './plan-limits.js';
import { QuotaNode, quotaNodeDefaults } from './quota-node.js';
import { decide, type QuotaGathered, type QuotaState } from './stage/decide.js';
import { gather, usesOf } from './stage/gather.js';
import { askForRefunds, giveBack } from './stage/refunds.js';

const uncounted: QuotaFacts = { headers: [], taken: '' };

runService('quota', async () => {
  const environment = readServiceEnvironment();
  const runtime = await ServiceRuntime.start('quota', environment);
  const { instance, logger, registry } = runtime;
  const store = await connectIdentity({
    url: environment.natsUrl,
    credentialsDir: environment.credentialsDir,
    identity: 'quota.store',
    instance,
  });
  const node = await QuotaNode.start(store, {
    ...quotaNodeDefaults,
    instance,
    replicas: Number(process.env['SALLYPORT_STREAM_REPLICAS'] ?? '1'),
    onFault: (what, cause) => logger.warn({ err: cause }, `${what} failed; it is tried again`),
  });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('sallyport_quota_counters', 'Counters held by this instance.', () => node.stats().counters);
  gauge('sallyport_quota_partitions', 'Partitions that this instance owns and serves.', () => node.stats().serving);
  gauge('sallyport_quota_unjournaled_grants', 'Grants that the death of this instance would forget now.', () => node.stats().unjournaledGrants);
  gauge('sallyport_quota_takeovers', 'Partitions taken over since the start.', () => node.stats().takeovers);

  const policies = new PolicyStore<LimitPlan>(({ document }) => compileLimits(document), logger);
  await runtime.followPolicy(policies);
  const locate = (partition: number) => node.locate(partition);
  const state: QuotaState = { instance, locate, judge: (uses) => node.judge(uses) };
  let ownHop: Hop | undefined;
  await serveStage<LimitPlan, QuotaGathered, QuotaState, QuotaFacts>(runtime, {
    name: 'quota',
    policies,
    state,
    prepare: (hop) => {
      ownHop = hop;
    },
    intercept: (request, plan) => {
      if (!request.sections.has('denial')) return false;
      giveBack(request, usesOf(request, plan), instance, (uses, takenAtMs) => node.refund(uses, takenAtMs));
      return true;
    },
    gather: (request, plan) => gather(request, plan, locate),
    decide: (_request, _plan, gathered, current, nowMs) => decide(gathered, current, nowMs),
    nowMs: () => node.clock.now(),
    afterDenial: (request) => askForRefunds(ownHop!, request, instance),
    unjudged: () => ({ facts: uncounted, next: subjects.validation }),
    shadowedBy: ['limits'],
    keep: ['request', 'body', 'auth'],
    write: writeQuota,
  });
  return async () => {
    await node.leave();
    await runtime.stop();
    await store.drain();
  };
});
