import { isAlias, isMap, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

export interface Place {
  readonly line: number;
  readonly col: number;
}

/** Where `routes[index].validate.openapi` stands in a policy file that parses, or the nearest thing around it. */
export function locateContractReference(source: string, routeIndex: number): Place {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, merge: true });
  let node = document.contents as Node | null;
  let offset = 0;
  for (const step of ['routes', routeIndex, 'validate', 'openapi']) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    if (!isMap(node) && !isSeq(node)) break;
    node = (node.get(step, true) ?? null) as Node | null;
    if (node?.range) offset = node.range[0];
  }
  return lines.linePos(offset);
}
