import type { BodyPuller, HopRequest } from '@sallyport/pipeline';
import type { ValidationGathered } from './decide.js';
import { inspectHead } from './inspect-head.js';
import type { ValidationPolicy } from './policy.js';

/** Inspects the head and, where the contract needs the body, brings the body: from the envelope, or from the ingress. */
export function gather(
  request: HopRequest,
  policy: ValidationPolicy,
  puller: BodyPuller,
): ValidationGathered | Promise<ValidationGathered> {
  const head = inspectHead(request, policy);
  if (!head.needsBody || head.problems.length > 0) return { head };
  const inline = request.inlineBody();
  if (inline !== undefined || request.bodyBytes === 0) return { head, body: inline ?? nothing };
  return puller.readWhole(request, head.route.maxBodyBytes).then((body) => ({ head, body }));
}

const nothing = new Uint8Array();
