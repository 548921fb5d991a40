import { dereference, expectObject, member, openDocument, type ApiDocument, type JsonObject, type Located } from './api-document.js';
import { ContractError, type ContractWarning } from './contract-error.js';
import type { ContractOptions, ContractParts } from './contract-parts.js';
import { child } from './json-pointer.js';
import { compileOperation, type Operation } from './operation.js';
import { basePathsOf } from './paths/base-paths.js';
import { parameterNames, parsePathTemplate } from './paths/path-template.js';
import { PathTree } from './paths/path-tree.js';
import { createSchemaSet } from './schema/schema-set.js';
import { compileValidators, type Validators } from './schema/validators.js';

/** What an OpenAPI document promises of requests, compiled. */
export interface Contract {
  /** What the document says that is not checked, for its author. */
  readonly warnings: readonly ContractWarning[];
  /**
   * The operation for a method and an encoded path. Paths are found below the base paths of the document's servers and, where
   * no operation is, without them. HEAD is GET where it is not listed itself (RFC 9110 §9.3.2).
   */
  findOperation(method: string, path: string): FoundOperation | undefined;
}

export interface FoundOperation {
  readonly operation: Operation;
  /** The key in the document's `paths`. */
  readonly pathTemplate: string;
  /** Encoded values, from left to right. */
  readonly pathParams: readonly string[];
}

interface Endpoint {
  readonly operation: Operation;
  readonly pathTemplate: string;
}

type Endpoints = Map<string, Endpoint>;

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;

/**
 * Compiles an OpenAPI 3.0.x or 3.1.x document whose references are all inside it. Pure. Everything that could fail later fails
 * here: throws `ContractError` with the pointer of the fault.
 */
export function compileContract(openapi: unknown, options: ContractOptions = {}): Contract {
  const document = openDocument(openapi);
  let validators: Validators | undefined;
  const parts: ContractParts = {
    schemas: createSchemaSet(document),
    options,
    validator(name) {
      if (validators === undefined) throw new TypeError('the contract is not compiled yet');
      return validators(name);
    },
  };
  const trees = compilePaths(document, parts);
  validators = compileValidators(parts.schemas);
  return { warnings: document.warnings, findOperation: (method, path) => find(trees, method, path) };
}

function find(trees: readonly PathTree<Endpoints>[], method: string, path: string): FoundOperation | undefined {
  if (!path.startsWith('/')) return undefined;
  const segments = path.slice(1).split('/');
  for (const tree of trees) {
    const match = tree.find(segments);
    const endpoint = match?.target.get(method) ?? (method === 'HEAD' ? match?.target.get('GET') : undefined);
    if (match !== undefined && endpoint !== undefined) {
      return { operation: endpoint.operation, pathTemplate: endpoint.pathTemplate, pathParams: match.params };
    }
  }
  return undefined;
}

/** The trees of paths in the order in which they are searched: below the base paths, then without. */
function compilePaths(document: ApiDocument, parts: ContractParts): readonly PathTree<Endpoints>[] {
  const based = new PathTree<Endpoints>();
  const bare = new PathTree<Endpoints>();
  let hasBase = false;
  const root: Located<JsonObject> = { node: document.root, pointer: '' };
  const paths = expectObject(member(document.root, 'paths') ?? {}, '/paths', '"paths"');
  for (const [pathTemplate, item] of Object.entries(paths)) {
    if (pathTemplate.startsWith('x-')) continue;
    const pointer = child('/paths', pathTemplate);
    const segments = parsePathTemplate(pathTemplate, pointer);
    const pathItem = dereference(document, item, pointer, 'a path item');
    for (const method of methods) {
      const node = member(pathItem.node, method);
      if (node === undefined) continue;
      const at = child(pathItem.pointer, method);
      const operation: Located<JsonObject> = { node: expectObject(node, at, 'an operation'), pointer: at };
      const endpoint: Endpoint = {
        operation: compileOperation(parts, pathItem, operation, parameterNames(segments)),
        pathTemplate,
      };
      const add = (tree: PathTree<Endpoints>, base: string): void => {
        const prefix = base === '' ? [] : parsePathTemplate(base, pointer);
        const endpoints = tree.ensure([...prefix, ...segments], () => new Map());
        const key = method.toUpperCase();
        const other = endpoints.get(key);
        if (other !== undefined) {
          throw new ContractError(at, `"${other.pathTemplate}" takes the same requests: only the names of the parameters differ`);
        }
        endpoints.set(key, endpoint);
      };
      add(bare, '');
      for (const base of basePathsOf([operation, pathItem, root])) {
        add(based, base);
        hasBase = true;
      }
    }
  }
  return hasBase ? [based, bare] : [bare];
}
