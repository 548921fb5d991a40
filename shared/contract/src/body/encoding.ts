import { expectObject, isObject, member, type Located } from '../api-document.js';
import { ContractError } from '../contract-error.js';
import { child } from '../json-pointer.js';
import type { Style } from '../parameters/styles.js';
import { parseMediaRange, type MediaRange } from './media-range.js';

/** How one property of a form is written (Encoding Object, OpenAPI 3.1 §4.8.15). */
export interface PropertyEncoding {
  /** Undefined unless `style`, `explode` or `allowReserved` ask for a parameter's style. */
  readonly style: Style | undefined;
  readonly explode: boolean;
  readonly contentTypes: readonly MediaRange[] | undefined;
}

const formStyles: readonly Style[] = ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'];

/** The encodings that a Media Type Object states, by property. */
export function readEncodings(media: Located): ReadonlyMap<string, PropertyEncoding> {
  const encodings = new Map<string, PropertyEncoding>();
  const source = isObject(media.node) ? member(media.node, 'encoding') : undefined;
  if (source === undefined) return encodings;
  const pointer = child(media.pointer, 'encoding');
  for (const [name, node] of Object.entries(expectObject(source, pointer, '"encoding"'))) {
    const at = child(pointer, name);
    const encoding = expectObject(node, at, 'an encoding');
    const named = member(encoding, 'style');
    const isStyled = ['style', 'explode', 'allowReserved'].some((keyword) => keyword in encoding);
    const style = isStyled ? formStyles.find((one) => one === (named ?? 'form')) : undefined;
    if (isStyled && style === undefined) {
      throw new ContractError(child(at, 'style'), `the style of a form's property must be one of ${formStyles.join(', ')}`);
    }
    encodings.set(name, {
      style,
      explode: (member(encoding, 'explode') ?? (style === undefined || style === 'form')) === true,
      contentTypes: readContentTypes(member(encoding, 'contentType'), child(at, 'contentType')),
    });
  }
  return encodings;
}

function readContentTypes(value: unknown, pointer: string): readonly MediaRange[] | undefined {
  if (value === undefined) return undefined;
  const ranges = typeof value === 'string' ? value.split(',').map((one) => parseMediaRange(one.trim())) : [undefined];
  const known = ranges.filter((range) => range !== undefined);
  if (known.length < ranges.length) throw new ContractError(pointer, '"contentType" must be a list of media types, with commas');
  return known;
}
