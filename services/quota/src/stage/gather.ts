import { readCaller, readQuota } from '@sallyport/envelope';
import type { HopRequest } from '@sallyport/pipeline';
import type { LimitUse } from '../limit.js';
import type { LimitPlan } from '../plan-limits.js';
import type { Location } from '../quota-node.js';
import type { QuotaGathered } from './decide.js';
import { decodeTaken } from './taken.js';

/** Finds the limits that apply; waits for counters that are just being taken over or handed over here. */
export function gather(
  request: HopRequest,
  plan: LimitPlan,
  locate: (partition: number) => Location,
): QuotaGathered | Promise<QuotaGathered> {
  const uses = usesOf(request, plan);
  const gathered = request.sections.has('quota') ? withoutJudged(request, uses) : { pending: uses, taken: [], headers: [] };
  for (const { partition } of gathered.pending) {
    const location = locate(partition);
    if (location.kind === 'moving') return location.settled.then(() => gather(request, plan, locate));
  }
  return gathered;
}

export function usesOf(request: HopRequest, plan: LimitPlan): readonly LimitUse[] {
  const { consumer, credentialId } = readCaller(request.sections);
  return plan.usesOf(request.routeIndex, {
    consumerId: consumer === '' ? undefined : consumer,
    credentialId: credentialId === '' ? undefined : credentialId,
    clientIp: request.clientIp,
  });
}

function withoutJudged(request: HopRequest, uses: readonly LimitUse[]): QuotaGathered {
  const { headers, taken: text } = readQuota(request.sections);
  const taken = decodeTaken(text);
  if (taken === undefined) throw new Error('the quota section was not written by quota');
  const judged = new Set(taken.flatMap(({ partitions }) => partitions));
  return { pending: uses.filter(({ partition }) => !judged.has(partition)), taken, headers };
}
