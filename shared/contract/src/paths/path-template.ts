import { ContractError } from '../contract-error.js';

/** One segment of a template: a literal, a whole parameter, or literals and parameters in turn. */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'mixed'; readonly literals: readonly string[]; readonly names: readonly string[] };

/** Parses an OpenAPI path template (§4.8.8); throws `ContractError` at `pointer` where it is none. */
export function parsePathTemplate(template: string, pointer: string): readonly Segment[] {
  if (!template.startsWith('/')) throw new ContractError(pointer, 'a path must begin with "/"');
  const segments = template.slice(1).split('/').map((text) => parseSegment(text, pointer));
  const names = parameterNames(segments);
  if (new Set(names).size < names.length) throw new ContractError(pointer, 'a path must not name a parameter twice');
  return segments;
}

/** The names of a template's parameters, from left to right. */
export function parameterNames(segments: readonly Segment[]): string[] {
  return segments.flatMap((segment) => {
    if (segment.kind === 'literal') return [];
    return segment.kind === 'parameter' ? [segment.name] : segment.names;
  });
}

function parseSegment(text: string, pointer: string): Segment {
  const literals: string[] = [];
  const names: string[] = [];
  let rest = text;
  for (;;) {
    const open = rest.indexOf('{');
    const close = rest.indexOf('}');
    if (open < 0 && close < 0) break;
    if (open < 0 || close < open + 2) throw new ContractError(pointer, 'a path has a "{" and a "}" around each parameter\'s name');
    literals.push(decodeLiteral(rest.slice(0, open), pointer));
    names.push(rest.slice(open + 1, close));
    rest = rest.slice(close + 1);
    if (rest.startsWith('{')) throw new ContractError(pointer, 'nothing tells two parameters apart that follow each other');
  }
  literals.push(decodeLiteral(rest, pointer));
  const [name] = names;
  if (name === undefined) return { kind: 'literal', text: literals[0] ?? '' };
  if (names.length === 1 && literals.every((one) => one === '')) return { kind: 'parameter', name };
  return { kind: 'mixed', literals, names };
}

function decodeLiteral(text: string, pointer: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ContractError(pointer, 'a path has malformed percent-encoding');
  }
}

/**
 * The values that a mixed segment takes from an encoded one, each as short as it can be and none empty; undefined where it
 * does not match.
 */
export function matchMixed(literals: readonly string[], text: string): string[] | undefined {
  const first = literals[0] ?? '';
  const last = literals.at(-1) ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return undefined;
  const end = text.length - last.length;
  const values: string[] = [];
  let at = first.length;
  for (const literal of literals.slice(1, -1)) {
    const next = text.indexOf(literal, at + 1);
    if (next < 0 || next + literal.length > end) return undefined;
    values.push(text.slice(at, next));
    at = next + literal.length;
  }
  if (at >= end) return undefined;
  values.push(text.slice(at, end));
  return values;
}
