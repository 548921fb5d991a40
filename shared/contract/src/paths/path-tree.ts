import { matchMixed, type Segment } from './path-template.js';

/** Where a path led, with the encoded values of its parameters from left to right. */
export interface PathMatch<Target> {
  readonly target: Target;
  readonly params: readonly string[];
}

interface Node<Target> {
  readonly literals: Map<string, Node<Target>>;
  readonly mixed: { readonly literals: readonly string[]; readonly node: Node<Target> }[];
  parameter: Node<Target> | undefined;
  target: Target | undefined;
}

/**
 * Path templates as a tree of segments. At each segment a literal comes before a partly templated one, and that before a
 * parameter, so that the most concrete template wins. A parameter takes one segment and never an empty one.
 */
export class PathTree<Target> {
  readonly #root: Node<Target> = emptyNode();

  /** The target of a template, made by `create` where there is none yet. */
  ensure(segments: readonly Segment[], create: () => Target): Target {
    let node = this.#root;
    for (const segment of segments) node = step(node, segment);
    node.target ??= create();
    return node.target;
  }

  /** Finds the target of an encoded path, given as its segments. */
  find(segments: readonly string[]): PathMatch<Target> | undefined {
    const params: string[] = [];
    const target = walk(this.#root, segments, 0, params);
    return target === undefined ? undefined : { target, params };
  }
}

function emptyNode<Target>(): Node<Target> {
  return { literals: new Map(), mixed: [], parameter: undefined, target: undefined };
}

function step<Target>(node: Node<Target>, segment: Segment): Node<Target> {
  if (segment.kind === 'parameter') return (node.parameter ??= emptyNode());
  if (segment.kind === 'literal') {
    const known = node.literals.get(segment.text) ?? emptyNode<Target>();
    node.literals.set(segment.text, known);
    return known;
  }
  const same = node.mixed.find((one) => one.literals.join('{}') === segment.literals.join('{}'));
  if (same !== undefined) return same.node;
  const added = { literals: segment.literals, node: emptyNode<Target>() };
  node.mixed.push(added);
  node.mixed.sort((left, right) => right.literals.join('').length - left.literals.join('').length);
  return added.node;
}

function walk<Target>(node: Node<Target>, segments: readonly string[], at: number, params: string[]): Target | undefined {
  const segment = segments[at];
  if (segment === undefined) return node.target;
  const literal = node.literals.get(segment.includes('%') ? decodeOrKeep(segment) : segment);
  if (literal !== undefined) {
    const found = walk(literal, segments, at + 1, params);
    if (found !== undefined) return found;
  }
  const before = params.length;
  for (const { literals, node: next } of node.mixed) {
    const values = matchMixed(literals, segment);
    if (values === undefined) continue;
    params.push(...values);
    const found = walk(next, segments, at + 1, params);
    if (found !== undefined) return found;
    params.length = before;
  }
  if (node.parameter === undefined || segment === '') return undefined;
  params.push(segment);
  const found = walk(node.parameter, segments, at + 1, params);
  if (found === undefined) params.length = before;
  return found;
}

function decodeOrKeep(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
