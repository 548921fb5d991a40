import { compileContract, ContractError, type Contract, type ContractOptions, type ContractProblem } from '../index.js';

/** An OpenAPI document around `paths`. */
export function documentOf(openapi: '3.0.3' | '3.1.0', paths: object, schemas: object = {}, more: object = {}): object {
  return { openapi, info: { title: 'Orders', version: '1' }, paths, components: { schemas }, ...more };
}

/** A contract whose one operation, `POST /`, takes JSON of a schema. */
export function contractOfBody(schema: unknown, schemas: object = {}, openapi: '3.0.3' | '3.1.0' = '3.1.0'): Contract {
  return compileContract(documentOf(openapi, bodyPaths(schema), schemas));
}

export function bodyPaths(schema: unknown, mediaType = 'application/json'): object {
  return { '/': { post: { requestBody: { required: true, content: { [mediaType]: { schema } } } } } };
}

/** The problems of a JSON body for `contractOfBody`, as `pointer: message`. */
export function checkJson(contract: Contract, value: unknown): string[] {
  return checkBytes(contract, JSON.stringify(value), 'application/json');
}

export function checkBytes(contract: Contract, body: string | Uint8Array, mediaType: string): string[] {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const found = contract.findOperation('POST', '/');
  if (found === undefined) throw new Error('the sample has no such operation');
  return texts(found.operation.checkBody({ mediaType, bytes }));
}

export interface SampleHead {
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** The problems of a GET for a document with one path and these parameters. */
export function checkParameters(parameters: readonly object[], head: SampleHead, template = '/', options: ContractOptions = {}): string[] {
  const contract = compileContract(documentOf('3.1.0', { [template]: { get: { parameters } } }), options);
  const found = contract.findOperation('GET', head.path ?? '/');
  if (found === undefined) throw new Error('the sample has no such operation');
  const headers = new Map(Object.entries(head.headers ?? {}));
  return texts(found.operation.checkHead({ pathParams: found.pathParams, query: head.query ?? '', headers }));
}

export function texts(problems: readonly ContractProblem[]): string[] {
  return problems.map(({ pointer, message }) => `${pointer}: ${message}`);
}

/** The fault that a document is refused for, as `pointer: message`. */
export function faultOf(document: unknown): string {
  try {
    compileContract(document);
  } catch (error) {
    if (error instanceof ContractError) return `${error.pointer}: ${error.message}`;
    throw error;
  }
  return 'none';
}
