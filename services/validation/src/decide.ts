import { allow, deny, type Deny, type Verdict } from '@sallyport/verdict';
import type { ContractProblem } from '@sallyport/contract';
import { inspectHead, type HeadFindings, type ValidatedRequest } from './inspect-head.js';
import type { ValidationPolicy } from './policy.js';

/** What gathering found: the whole body, where `inspectHead` says that it is needed. */
export interface ValidationGathered {
  /** Spares `decide` to inspect the head anew. */
  readonly head?: HeadFindings;
  readonly body?: Uint8Array;
}

/** What validation states about a request that it lets pass. */
export interface ValidationFindings {
  /** The path template of the operation; empty without a contract. */
  readonly pathTemplate: string;
  /** Whether the body was looked into, and found to keep to the contract. */
  readonly bodyChecked: boolean;
}

/**
 * Decides whether a request keeps to its API's contract. Pure. Throws where a body is needed and was not gathered: an unchecked
 * body never passes.
 */
export function decide(
  request: ValidatedRequest,
  policy: ValidationPolicy,
  gathered: ValidationGathered,
): Verdict<ValidationFindings> {
  const head = gathered.head ?? inspectHead(request, policy);
  const { body } = gathered;
  if (body !== undefined && body.length > head.route.maxBodyBytes) return deny('body_too_large');
  if (head.route.contract === undefined) return allow({ pathTemplate: '', bodyChecked: false });
  if (head.found === undefined) {
    return deny('schema_violation', { detail: 'The contract of the API lists no such operation.' });
  }
  if (head.problems.length > 0) return denyProblems(head.problems);

  const { operation, pathTemplate } = head.found;
  if (!head.needsBody) return allow({ pathTemplate, bodyChecked: false });
  if (body === undefined) throw new TypeError('the body is needed and was not gathered');
  const problems = operation.checkBody({ mediaType: head.contentType, bytes: body });
  return problems.length > 0 ? denyProblems(problems) : allow({ pathTemplate, bodyChecked: true });
}

const maxListed = 5;
const maxProblemLength = 240;

function denyProblems(problems: readonly ContractProblem[]): Deny {
  const listed = problems.slice(0, maxListed).map(({ pointer, message }) => cut(`${pointer}: ${message}`));
  const rest = problems.length - listed.length;
  const detail = listed.join('; ') + (rest > 0 ? `; and ${rest} more` : '');
  const isOfMediaType = problems.every((problem) => problem.reason === 'media_type_unsupported');
  return deny(isOfMediaType ? 'media_type_unsupported' : 'schema_violation', { detail });
}

function cut(text: string): string {
  return text.length <= maxProblemLength ? text : `${text.slice(0, maxProblemLength - 1)}…`;
}
