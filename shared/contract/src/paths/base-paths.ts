import { expectArray, isObject, member, type JsonObject, type Located } from '../api-document.js';
import { ContractError } from '../contract-error.js';
import { child } from '../json-pointer.js';

/**
 * The paths of the servers that the innermost of `owners` (operation, path item, document) lists, without a trailing slash and
 * with each value that a variable may take; longer ones first. Empty where none is stated.
 */
export function basePathsOf(owners: readonly Located<JsonObject>[]): string[] {
  for (const owner of owners) {
    const servers = member(owner.node, 'servers');
    if (servers === undefined) continue;
    const pointer = child(owner.pointer, 'servers');
    const list = expectArray(servers, pointer, '"servers"');
    if (list.length === 0) continue;
    const paths = new Set(list.flatMap((server, index) => pathsOf(server, child(pointer, index))));
    return [...paths].filter((path) => path !== '').toSorted((left, right) => right.length - left.length);
  }
  return [];
}

const maxExpansions = 64;

function pathsOf(server: unknown, pointer: string): string[] {
  const url = isObject(server) ? member(server, 'url') : undefined;
  if (!isObject(server) || typeof url !== 'string') throw new ContractError(pointer, 'a server needs a "url"');
  const path = url.replace(/^(?:[A-Za-z{][^/]*:)?\/\/[^/]*/, '').replace(/[?#].*$/, '');
  if (path === '' || path === '.') return [''];
  let expanded = [path.startsWith('/') ? path : `/${path}`];
  for (const [, name = ''] of path.matchAll(/\{([^{}]+)\}/g)) {
    const values = variableValues(server, name, pointer);
    expanded = expanded.flatMap((one) => values.map((value) => one.replace(`{${name}}`, () => value)));
    if (expanded.length > maxExpansions) throw new ContractError(pointer, `the server's URL has more than ${maxExpansions} forms`);
  }
  return expanded.map((one) => one.replace(/\/+$/, ''));
}

function variableValues(server: JsonObject, name: string, pointer: string): string[] {
  const variables = member(server, 'variables');
  const variable = isObject(variables) ? member(variables, name) : undefined;
  const preset = isObject(variable) ? member(variable, 'default') : undefined;
  if (!isObject(variable) || typeof preset !== 'string') {
    throw new ContractError(pointer, `the server's variable "${name}" needs a "default"`);
  }
  const listed = member(variable, 'enum');
  const values = Array.isArray(listed) ? listed.filter((value) => typeof value === 'string') : [];
  return [...new Set([preset, ...values])];
}
