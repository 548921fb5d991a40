import type { ControlState } from './control-state.js';
import type { Instances } from './instances.js';

/** What keeps the gateway from serving the newest revision in every stage; empty when nothing does. */
export function findReadinessProblems(brokerUp: boolean, state: ControlState, instances: Instances): string[] {
  if (!brokerUp) return ['NATS cannot be reached'];
  const { currentRevision: revision } = state;
  if (revision === 0) return ['there is no policy yet'];
  const missing = instances.missing.map((service) => `no live instance of ${service} serves a revision`);
  const lagging = instances
    .lagging(revision)
    .map(({ service, instance, revision: at, failure }) => `${service}/${instance} is at revision ${at}, not ${revision}${failure === '' ? '' : `: ${failure}`}`);
  return [...missing, ...lagging];
}
