import {
  dereference, expectArray, expectObject, member, type ApiDocument, type JsonObject, type Located,
} from '../api-document.js';
import { ContractError } from '../contract-error.js';
import { child } from '../json-pointer.js';
import type { Style } from './styles.js';

export type ParameterPlace = 'query' | 'path' | 'header' | 'cookie';

/** One Parameter Object with its defaults filled in (OpenAPI 3.1 §4.8.12). */
export interface ParameterObject {
  readonly place: ParameterPlace;
  readonly name: string;
  readonly pointer: string;
  readonly required: boolean;
  readonly allowEmptyValue: boolean;
  readonly style: Style;
  readonly explode: boolean;
  /** The schema, and for a parameter of `content` the media type its text is in. */
  readonly schema: Located | undefined;
  readonly mediaType: string | undefined;
}

const stylesByPlace: Readonly<Record<ParameterPlace, readonly Style[]>> = {
  path: ['simple', 'label', 'matrix'],
  header: ['simple'],
  cookie: ['form'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
};

/** Header fields that a contract describes elsewhere; their Parameter Objects are ignored (OpenAPI 3.1 §4.8.12.2). */
const ignoredHeaders: ReadonlySet<string> = new Set(['accept', 'content-type', 'authorization']);

/** The parameters of an operation: its own, and those of its path that it does not replace. */
export function readParameters(document: ApiDocument, pathItem: Located<JsonObject>, operation: Located<JsonObject>): ParameterObject[] {
  const parameters = new Map<string, ParameterObject>();
  for (const owner of [pathItem, operation]) {
    const own = new Set<string>();
    for (const parameter of readList(document, owner)) {
      const key = `${parameter.place} ${parameter.place === 'header' ? parameter.name.toLowerCase() : parameter.name}`;
      if (own.has(key)) throw new ContractError(parameter.pointer, `"${parameter.name}" is listed twice`);
      own.add(key);
      parameters.set(key, parameter);
    }
  }
  return [...parameters.values()].filter(({ place, name }) => place !== 'header' || !ignoredHeaders.has(name.toLowerCase()));
}

function readList(document: ApiDocument, owner: Located<JsonObject>): ParameterObject[] {
  const list = member(owner.node, 'parameters');
  if (list === undefined) return [];
  const pointer = child(owner.pointer, 'parameters');
  return expectArray(list, pointer, '"parameters"').map((one, index) => {
    const { node, pointer: at } = dereference(document, one, child(pointer, index), 'a parameter');
    return readParameter(document, node, at);
  });
}

function readParameter(document: ApiDocument, node: JsonObject, pointer: string): ParameterObject {
  const place = member(node, 'in');
  const name = member(node, 'name');
  if (typeof name !== 'string' || name === '') throw new ContractError(pointer, 'a parameter needs a "name"');
  if (place !== 'query' && place !== 'path' && place !== 'header' && place !== 'cookie') {
    throw new ContractError(child(pointer, 'in'), '"in" must be query, path, header or cookie');
  }
  const required = flag(node, 'required', false, pointer);
  if (place === 'path' && !required) throw new ContractError(pointer, 'a path parameter must say "required: true"');
  const style = readStyle(node, place, pointer);
  return {
    place,
    name,
    pointer,
    required,
    allowEmptyValue: place === 'query' && flag(node, 'allowEmptyValue', false, pointer),
    style,
    explode: flag(node, 'explode', style === 'form', pointer),
    ...readValueDescription(document, node, pointer),
  };
}

function flag(node: JsonObject, name: string, preset: boolean, pointer: string): boolean {
  const value = member(node, name);
  if (value === undefined) return preset;
  if (typeof value !== 'boolean') throw new ContractError(child(pointer, name), `"${name}" must be true or false`);
  return value;
}

function readStyle(node: JsonObject, place: ParameterPlace, pointer: string): Style {
  const styles = stylesByPlace[place];
  const named = member(node, 'style');
  const style = named === undefined ? styles[0] : styles.find((one) => one === named);
  if (style !== undefined) return style;
  throw new ContractError(child(pointer, 'style'), `the style of a ${place} parameter must be one of ${styles.join(', ')}`);
}

function readValueDescription(document: ApiDocument, node: JsonObject, pointer: string): Pick<ParameterObject, 'schema' | 'mediaType'> {
  const content = member(node, 'content');
  const schema = member(node, 'schema');
  if (content === undefined) {
    return { schema: schema === undefined ? undefined : { node: schema, pointer: child(pointer, 'schema') }, mediaType: undefined };
  }
  const at = child(pointer, 'content');
  if (schema !== undefined) throw new ContractError(pointer, 'a parameter has either "schema" or "content"');
  const [entry, ...more] = Object.entries(expectObject(content, at, '"content"'));
  if (entry === undefined || more.length > 0) throw new ContractError(at, '"content" of a parameter must list one media type');
  const [mediaType, description] = entry;
  const media = dereference(document, description, child(at, mediaType), 'a media type');
  const inner = member(media.node, 'schema');
  return {
    schema: inner === undefined ? undefined : { node: inner, pointer: child(media.pointer, 'schema') },
    mediaType,
  };
}
