import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node, type Scalar, type YAMLMap } from 'yaml';
import type { Finding, PolicyPath, PolicyProblem } from '../policy-problem.js';
import { substituteEnv, type Env } from './substitute-env.js';

export interface YamlFile {
  readonly value: unknown;
  /** Gives findings their line and column: of what they point at, or of the nearest thing around it that is in the file. */
  locate(findings: readonly Finding[]): PolicyProblem[];
}

export type YamlResult = { readonly ok: true; readonly yaml: YamlFile } | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/**
 * Parses YAML 1.2 (and so JSON) strictly: duplicate keys, unknown tags and a second document are problems. With `env`,
 * `${NAME}` is replaced inside text values after parsing, so that no value can change the structure.
 */
export function parseYaml(file: string, text: string, env?: Env): YamlResult {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true, stringKeys: true });
  const at = (offset: number, message: string): PolicyProblem => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), col: Math.max(col, 1), message };
  };

  const problems = [...document.errors, ...document.warnings].map((error) => at(error.pos[0], `YAML: ${error.code === 'MULTIPLE_DOCS' ? 'a second document begins here' : error.message}`));
  if (problems.length > 0) return { ok: false, problems };
  const misplaced = [...findForbiddenKeys(document), ...(env === undefined ? [] : substituteAll(document, env))];
  problems.push(...misplaced.map(({ offset, message }) => at(offset, message)));
  if (problems.length > 0) return { ok: false, problems };

  try {
    // Through JSON, because anchors can make what JSON cannot say: cycles, and two keys that share one value.
    const value: unknown = JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 })));
    const locate = (findings: readonly Finding[]) => findings.map((f) => at(findOffset(document, f.path, f.atKey ?? false), f.message));
    return { ok: true, yaml: { value, locate } };
  } catch (error) {
    const message = error instanceof ReferenceError ? error.message : 'an anchor contains itself';
    return { ok: false, problems: [at(0, `YAML: ${message}`)] };
  }
}

interface Misplaced {
  readonly offset: number;
  readonly message: string;
}

function findForbiddenKeys(document: Document.Parsed): Misplaced[] {
  const misplaced: Misplaced[] = [];
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' && node.value === '__proto__') misplaced.push({ offset: node.range![0], message: 'the key "__proto__" is not allowed' });
    },
  });
  return misplaced;
}

function substituteAll(document: Document.Parsed, env: Env): Misplaced[] {
  const misplaced: Misplaced[] = [];
  const substitute = (key: unknown, node: Scalar): void => {
    if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
    const result = substituteEnv(node.value, env);
    if ('text' in result) node.value = result.text;
    else misplaced.push({ offset: node.range![0] + offsetInSource(node, result.offset), message: result.message });
  };
  visit(document, { Scalar: (key, node) => substitute(key, node) });
  return misplaced;
}

/** Of a place in a value within its source text: exact for what is written on one line without escapes. */
function offsetInSource(node: Scalar, offset: number): number {
  const [start, end] = node.range!;
  const quotes = node.type === 'PLAIN' ? 0 : 2;
  return end - start === String(node.value).length + quotes ? offset + quotes / 2 : 0;
}

function findOffset(document: Document.Parsed, path: PolicyPath, atKey: boolean): number {
  let node: Node | null = document.contents;
  let offset = offsetOf(node, 0);
  for (const [depth, step] of path.entries()) {
    if (isSeq(node) && typeof step === 'number') {
      node = (node.items[step] ?? null) as Node | null;
    } else if (isMap(node)) {
      const pair = findPair(node, step);
      if (pair === undefined) {
        // One thing may stand where a list of them may: its first element is the thing itself.
        if (step === 0) continue;
        return offset;
      }
      const key = offsetOf(pair.key as Node, offset);
      if (atKey && depth === path.length - 1) return key;
      node = pair.value as Node | null;
      offset = key;
    } else {
      return offset;
    }
    offset = offsetOf(node, offset);
  }
  return offset;
}

function findPair(map: YAMLMap, key: string | number): YAMLMap['items'][number] | undefined {
  return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));
}

/** Where a node begins; what stands for nothing at all (`key:`) begins where its key does. */
function offsetOf(node: Node | null, fallback: number): number {
  if (!node?.range) return fallback;
  return isScalar(node) && node.value === null && node.range[0] === node.range[1] ? fallback : node.range[0];
}
