import type { PathPattern } from './parse-path-pattern.js';

/** One path of one route. */
export interface RouteTarget {
  readonly routeIndex: number;
  readonly template: string;
  readonly names: readonly string[];
}

interface Leaf {
  readonly byMethod: Map<string, RouteTarget>;
  anyMethod: RouteTarget | null;
}

interface Node {
  readonly statics: Map<string, Node>;
  param: Node | null;
  rest: Leaf | null;
  leaf: Leaf | null;
}

/** What a walk finds besides its target; reused from walk to walk. */
export interface Walk {
  readonly captures: string[];
  /** The methods of the routes that match in all but the method; null: none yet. */
  allow: Set<string> | null;
}

/**
 * Paths by segments. A walk tries static before `:name` before `*` in every segment and comes back where that leads nowhere,
 * so it sees each node at most once and finds the most specific route first.
 */
export class RouteTrie {
  readonly #root: Node = createNode();
  /** Wholly static paths, which win over all others, without splitting. */
  readonly #whole = new Map<string, Leaf>();

  /** Throws where another route has the same path and method. */
  add(pattern: PathPattern, methods: readonly string[] | null, target: RouteTarget): void {
    const leaf = this.#leafFor(pattern, target.template);
    if (methods === null) {
      if (leaf.anyMethod) throw new Error(`two routes tie for ${target.template}`);
      leaf.anyMethod = target;
    }
    for (const method of methods ?? []) {
      if (leaf.byMethod.has(method)) throw new Error(`two routes tie for ${method} ${target.template}`);
      leaf.byMethod.set(method, target);
    }
  }

  find(method: string, path: string, walk: Walk): RouteTarget | null {
    const whole = this.#whole.get(path);
    if (whole !== undefined) {
      const target = pick(whole, method, walk);
      if (target !== null) return target;
    }
    return descend(this.#root, method, path, 1, walk);
  }

  #leafFor(pattern: PathPattern, template: string): Leaf {
    if (pattern.names.length === 0) return getOrCreate(this.#whole, template, createLeaf);
    let node = this.#root;
    for (const segment of pattern.segments) {
      if (segment.kind === 'rest') return (node.rest ??= createLeaf());
      node = segment.kind === 'param' ? (node.param ??= createNode()) : getOrCreate(node.statics, segment.text, createNode);
    }
    return (node.leaf ??= createLeaf());
  }
}

function descend(node: Node, method: string, path: string, from: number, walk: Walk): RouteTarget | null {
  const slash = path.indexOf('/', from);
  const end = slash === -1 ? path.length : slash;

  if (node.statics.size > 0) {
    const child = node.statics.get(path.slice(from, end));
    const found = child === undefined ? null : enter(child, method, path, end, walk);
    if (found !== null) return found;
  }
  if (node.param !== null && end > from) {
    walk.captures.push(path.slice(from, end));
    const found = enter(node.param, method, path, end, walk);
    if (found !== null) return found;
    walk.captures.pop();
  }
  if (node.rest === null) return null;
  const found = pick(node.rest, method, walk);
  if (found !== null) walk.captures.push(path.slice(from));
  return found;
}

function enter(node: Node, method: string, path: string, end: number, walk: Walk): RouteTarget | null {
  if (end < path.length) return descend(node, method, path, end + 1, walk);
  return node.leaf === null ? null : pick(node.leaf, method, walk);
}

function pick(leaf: Leaf, method: string, walk: Walk): RouteTarget | null {
  const target = leaf.byMethod.get(method) ?? leaf.anyMethod;
  if (target === null) {
    walk.allow ??= new Set();
    for (const allowed of leaf.byMethod.keys()) walk.allow.add(allowed);
  }
  return target;
}

function createNode(): Node {
  return { statics: new Map(), param: null, rest: null, leaf: null };
}

function createLeaf(): Leaf {
  return { byMethod: new Map(), anyMethod: null };
}

function getOrCreate<V>(map: Map<string, V>, key: string, create: () => V): V {
  const value = map.get(key) ?? create();
  map.set(key, value);
  return value;
}
