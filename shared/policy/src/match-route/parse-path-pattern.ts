import { normalizePath } from './normalize-path.js';

export type PatternSegment =
  | { readonly kind: 'static'; readonly text: string }
  | { readonly kind: 'param'; readonly name: string }
  | { readonly kind: 'rest' };

export interface PathPattern {
  readonly segments: readonly PatternSegment[];
  /** Names of the captures from left to right; the rest is called `*`. */
  readonly names: readonly string[];
  /** The same for all patterns that match the same paths: `/orders/:` for `/orders/:id`. */
  readonly shape: string;
}

/** Parses a route's path (`/orders/:id`, `/files/*`); a string says what is wrong with it. */
export function parsePathPattern(pattern: string): PathPattern | string {
  const braces = /\{(\w+)\}/.exec(pattern);
  if (braces) return `write ":${braces[1]}" for "{${braces[1]}}"`;
  const normal = normalizePath(pattern);
  if (!pattern.startsWith('/')) return 'must begin with "/"';
  if (pattern.includes('?')) return 'is matched without the query: leave it out';
  if (normal === null) return 'is not a valid path; percent-encode what is not plain ASCII';
  if (normal.path !== pattern) return `is not in normal form: write "${normal.path}"`;

  const texts = pattern.slice(1).split('/');
  const segments: PatternSegment[] = [];
  const names: string[] = [];
  for (const [index, text] of texts.entries()) {
    const segment = parseSegment(text, index === texts.length - 1);
    if (typeof segment === 'string') return segment;
    segments.push(segment);
    if (segment.kind === 'static') continue;
    const name = segment.kind === 'rest' ? '*' : segment.name;
    if (names.includes(name)) return `captures "${name}" twice`;
    names.push(name);
  }
  const shape = segments.map((s) => `/${s.kind === 'static' ? s.text : s.kind === 'param' ? ':' : '*'}`).join('');
  return { segments, names, shape };
}

function parseSegment(text: string, isLast: boolean): PatternSegment | string {
  if (text.startsWith(':')) {
    const name = text.slice(1);
    if (/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) return { kind: 'param', name };
    return `":${name}" must be a whole segment, named by a letter and then letters, digits or "_"`;
  }
  if (!text.includes('*')) return { kind: 'static', text };
  return text === '*' && isLast ? { kind: 'rest' } : '"*" stands only for the rest: as the whole last segment';
}
