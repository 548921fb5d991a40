import { readQuota, writeDenial } from '@sallyport/envelope';
import { type Hop, type HopRequest, subjects } from '@sallyport/pipeline';
import { deny } from '@sallyport/verdict';
import type { LimitUse } from '../limit.js';
import { decodeTaken, type Taken } from './taken.js';

function takenOf(request: HopRequest): readonly Taken[] {
  return request.sections.has('quota') ? (decodeTaken(readQuota(request.sections).taken) ?? []) : [];
}

/** Asks the owners before this one to give back what they took for a request that is refused here. */
export function askForRefunds(hop: Hop, request: HopRequest, instance: string): void {
  for (const owner of new Set(takenOf(request).filter(({ partitions }) => partitions.length > 0).map((taken) => taken.instance))) {
    if (owner === instance) continue;
    hop.forward(request, subjects.quota(owner), ['request', 'auth', 'quota'], (writer) =>
      writeDenial(writer, { stage: 'quota', elapsedUs: 0, deny: deny('quota_exceeded') }),
    );
  }
}

/** Gives back what was taken here for a request that another owner has refused. */
export function giveBack(
  request: HopRequest,
  uses: readonly LimitUse[],
  instance: string,
  refund: (uses: readonly LimitUse[], takenAtMs: number) => void,
): void {
  for (const taken of takenOf(request)) {
    if (taken.instance !== instance) continue;
    refund(uses.filter(({ partition }) => taken.partitions.includes(partition)), taken.takenAtMs);
  }
}
