import type { JsonObject, Located } from './api-document.js';
import { compileBody, type BodyContract } from './body/body-contract.js';
import { ContractError } from './contract-error.js';
import type { ContractParts } from './contract-parts.js';
import { compileCookieCheck, compileHeaderCheck, compilePathCheck } from './parameters/check-fields.js';
import { compileQueryCheck } from './parameters/check-query.js';
import { prepareParameter, type ParameterCheck } from './parameters/check-value.js';
import { readParameters, type ParameterPlace } from './parameters/parameter.js';
import { violation, type ContractProblem } from './problem.js';
import type { CheckHead, RequestHead } from './request-head.js';

/** What a contract says of one method on one path. Checks are pure and linear in what they are given. */
export interface Operation {
  /** Whether some bodies of this operation are looked into at all. */
  readonly needsBody: boolean;
  /** Whether a body with this `Content-Type` is looked into; false where `checkMediaType` refuses it. */
  needsBodyOf(contentType: string | undefined): boolean;
  /** Path, query, header and cookie parameters. */
  checkHead(head: RequestHead): ContractProblem[];
  /** Whether there must be a body, and of which type; before any of it has been read. */
  checkMediaType(contentType: string | undefined, hasBody: boolean): ContractProblem[];
  /** The body itself. No bytes are no body. */
  checkBody(body: ReceivedBody): ContractProblem[];
}

export interface ReceivedBody {
  /** The value of `Content-Type`, with its parameters. */
  readonly mediaType: string | undefined;
  readonly bytes: Uint8Array;
}

/** Compiles an Operation Object at a path whose template names `pathNames`. */
export function compileOperation(
  parts: ContractParts,
  pathItem: Located<JsonObject>,
  operation: Located<JsonObject>,
  pathNames: readonly string[],
): Operation {
  const prepared = readParameters(parts.schemas.document, pathItem, operation).map((one) => prepareParameter(parts, one));
  const at = (place: ParameterPlace): ParameterCheck[] => prepared.filter((one) => one.parameter.place === place);
  assertInTemplate(at('path'), pathNames);
  const checks = [
    compilePathCheck(at('path'), pathNames),
    compileQueryCheck(at('query'), parts.options),
    compileHeaderCheck(at('header')),
    compileCookieCheck(at('cookie')),
  ].filter((check) => check !== undefined);
  return { checkHead: (head) => checkAll(checks, head), ...bodyChecks(compileBody(parts, operation)) };
}

function checkAll(checks: readonly CheckHead[], head: RequestHead): ContractProblem[] {
  const problems: ContractProblem[] = [];
  for (const check of checks) check(head, problems);
  return problems;
}

function assertInTemplate(prepared: readonly ParameterCheck[], names: readonly string[]): void {
  for (const { parameter } of prepared) {
    if (names.includes(parameter.name)) continue;
    throw new ContractError(parameter.pointer, `the path has no parameter "${parameter.name}"`);
  }
}

type BodyChecks = Pick<Operation, 'needsBody' | 'needsBodyOf' | 'checkMediaType' | 'checkBody'>;

function bodyChecks(body: BodyContract | undefined): BodyChecks {
  if (body === undefined) {
    // A body that nothing describes has no meaning for the operation (RFC 9110 §9.3.1) and is let be.
    return { needsBody: false, needsBodyOf: () => false, checkMediaType: () => [], checkBody: () => [] };
  }
  const missing = body.required ? [violation('body', '/body', 'is required')] : [];
  return {
    needsBody: body.readsBytes,
    needsBodyOf(contentType) {
      const choice = body.choose(contentType);
      return 'media' in choice && choice.media.readsBytes(choice.mediaType);
    },
    checkMediaType(contentType, hasBody) {
      if (!hasBody) return missing;
      const choice = body.choose(contentType);
      return 'media' in choice ? [] : [choice];
    },
    checkBody({ mediaType, bytes }) {
      if (bytes.length === 0) return missing;
      const choice = body.choose(mediaType);
      if (!('media' in choice)) return [choice];
      return choice.media.readsBytes(choice.mediaType) ? choice.media.check(bytes, choice.mediaType) : [];
    },
  };
}
