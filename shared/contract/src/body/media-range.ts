import { parseParameters, type MediaType } from '../media-type.js';

/** A key of `content`: a media type, or a range of them. */
export interface MediaRange {
  readonly text: string;
  readonly type: string;
  readonly subtype: string;
  /** The `+suffix` that a subtype of the form `*+suffix` asks for. */
  readonly suffix: string | undefined;
  readonly parameters: ReadonlyMap<string, string>;
  /** The more specific of two ranges that match has the higher one. */
  readonly rank: number;
}

/** Parses `application/json`, `text/*`, `application/*+json` or any type at all; undefined where it is none of these. */
export function parseMediaRange(text: string): MediaRange | undefined {
  const semicolon = text.indexOf(';');
  const essence = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase();
  const match = /^([\w!#$&^.+*-]+)\/([\w!#$&^.+*-]+)$/.exec(essence);
  const parameters = semicolon < 0 ? new Map<string, string>() : parseParameters(text.slice(semicolon));
  if (match?.[1] === undefined || match[2] === undefined || parameters === undefined) return undefined;
  const [, type, subtype] = match;
  const suffix = subtype.startsWith('*+') ? subtype.slice(1) : undefined;
  if (type === '*' && subtype !== '*') return undefined;
  const rank = type === '*' ? 0 : subtype === '*' ? 1 : suffix !== undefined ? 2 : 3 + parameters.size;
  return { text, type, subtype, suffix, parameters, rank };
}

/** Whether a media type is in a range, with every parameter that the range names. */
export function isInRange(mediaType: MediaType, range: MediaRange): boolean {
  if (range.type !== '*' && range.type !== mediaType.type) return false;
  if (range.suffix !== undefined) {
    if (!mediaType.subtype.endsWith(range.suffix)) return false;
  } else if (range.subtype !== '*' && range.subtype !== mediaType.subtype) {
    return false;
  }
  for (const [name, value] of range.parameters) {
    if (name === 'charset') continue;
    if (mediaType.parameters.get(name)?.toLowerCase() !== value.toLowerCase()) return false;
  }
  return true;
}
