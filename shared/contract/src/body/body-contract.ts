import { dereference, expectObject, member, type JsonObject, type Located } from '../api-document.js';
import { ContractError } from '../contract-error.js';
import type { ContractParts } from '../contract-parts.js';
import { child } from '../json-pointer.js';
import { parseMediaType, type MediaType } from '../media-type.js';
import { violation, type ContractProblem } from '../problem.js';
import { compileMedia, type MediaContract } from './media-contract.js';
import { isInRange } from './media-range.js';

/** What an operation says of its body. */
export interface BodyContract {
  readonly required: boolean;
  /** Whether there is a media type whose bytes are looked into. */
  readonly readsBytes: boolean;
  /** The description that a `Content-Type` falls under, or the problem where there is none. */
  choose(contentType: string | undefined): MediaChoice | ContractProblem;
}

export interface MediaChoice {
  readonly mediaType: MediaType;
  readonly media: MediaContract;
}

/** Compiles a Request Body Object. Throws `ContractError` where no body at all could pass. */
export function compileBody(parts: ContractParts, operation: Located<JsonObject>): BodyContract | undefined {
  const source = member(operation.node, 'requestBody');
  if (source === undefined) return undefined;
  const { document } = parts.schemas;
  const { node, pointer } = dereference(document, source, child(operation.pointer, 'requestBody'), 'a request body');
  const at = child(pointer, 'content');
  const content = Object.entries(expectObject(member(node, 'content'), at, '"content"'));
  const list = content.map(([text, media]) => compileMedia(parts, text, { node: media, pointer: child(at, text) }));
  if (!list.some((media) => media.isCheckable)) {
    throw new ContractError(at, 'lists no media type whose bodies can be checked against their schema');
  }
  list.sort((left, right) => right.range.rank - left.range.rank);
  return {
    required: member(node, 'required') === true,
    readsBytes: list.some((media) => media.readsSomeBytes),
    choose: (contentType) => choose(list, contentType),
  };
}

function choose(list: readonly MediaContract[], contentType: string | undefined): MediaChoice | ContractProblem {
  if (contentType === undefined) return unsupported('needs a Content-Type');
  const mediaType = parseMediaType(contentType);
  if (mediaType === undefined) return unsupported('has a malformed Content-Type');
  for (const media of list) {
    if (!isInRange(mediaType, media.range)) continue;
    const refusal = media.refusalOf(mediaType);
    return refusal === undefined ? { mediaType, media } : unsupported(refusal);
  }
  return unsupported(`must be in a media type that the contract lists: ${list.map(({ range }) => range.text).join(', ').slice(0, 200)}`);
}

function unsupported(message: string): ContractProblem {
  return { ...violation('body', '/body', message), reason: 'media_type_unsupported' };
}
