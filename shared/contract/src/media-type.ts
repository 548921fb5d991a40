/** How the bytes of a media type become a value; `opaque` ones do not. */
export type BodyKind = 'json' | 'form' | 'multipart' | 'text' | 'opaque';

export interface MediaType {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly kind: BodyKind;
}

const token = /^[a-z0-9!#$%&'*+.^_`|~-]{1,127}$/;

/** Parses a `Content-Type` (RFC 9110 §8.3.1); undefined where it is malformed. Names are in lower case. */
export function parseMediaType(text: string): MediaType | undefined {
  const known = common.get(text);
  if (known !== undefined) return known;
  const semicolon = text.indexOf(';');
  const essence = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase();
  const slash = essence.indexOf('/');
  const type = essence.slice(0, Math.max(slash, 0));
  const subtype = essence.slice(slash + 1);
  if (!token.test(type) || !token.test(subtype)) return undefined;
  const parameters = semicolon < 0 ? new Map<string, string>() : parseParameters(text.slice(semicolon));
  return parameters === undefined ? undefined : { type, subtype, parameters, kind: kindOf(type, subtype) };
}

/** The parameters after the essence, each with its `;`; undefined where they are malformed or one is repeated. */
export function parseParameters(text: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  const pattern = /[ \t]*;[ \t]*(?:([A-Za-z0-9!#$%&'*+.^_`|~-]+)=(?:([A-Za-z0-9!#$%&'*+.^_`|~-]+)|"((?:[^"\\]|\\.)*)"))?/y;
  let at = 0;
  while (at < text.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return text.slice(at).trim() === '' ? parameters : undefined;
    at = pattern.lastIndex;
    const name = match[1]?.toLowerCase();
    if (name === undefined) continue;
    if (parameters.has(name)) return undefined;
    parameters.set(name, match[2] ?? match[3]?.replaceAll(/\\(.)/g, '$1') ?? '');
  }
  return parameters;
}

function kindOf(type: string, subtype: string): BodyKind {
  if (subtype === 'json' || subtype.endsWith('+json')) return 'json';
  if (type === 'application' && subtype === 'x-www-form-urlencoded') return 'form';
  if (type === 'multipart' && subtype === 'form-data') return 'multipart';
  return type === 'text' ? 'text' : 'opaque';
}

const common = new Map<string, MediaType>();
for (const [text, charset] of [['application/json', ''], ['application/json; charset=utf-8', 'utf-8']] as const) {
  const parameters = new Map(charset === '' ? [] : [['charset', charset]]);
  common.set(text, { type: 'application', subtype: 'json', parameters, kind: 'json' });
}
