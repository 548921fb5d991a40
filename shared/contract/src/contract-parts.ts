import { defaultJsonDepth } from './strict-json.js';
import type { SchemaSet } from './schema/schema-set.js';
import type { Validator } from './schema/validators.js';

/** What the parts of a contract share while it is compiled and after. */
export interface ContractParts {
  readonly schemas: SchemaSet;
  readonly options: ContractOptions;
  /** The validator of a schema by name; there is none before all schemas are known. */
  validator(name: string): Validator;
}

export interface ContractOptions {
  /** What becomes of query parameters that the operation does not list. Default: `ignore`. */
  readonly unlistedQuery?: 'ignore' | 'refuse';
  /** Deepest nesting of a JSON body. Default: 64. */
  readonly maxJsonDepth?: number;
}

export const defaultOptions: Required<ContractOptions> = { unlistedQuery: 'ignore', maxJsonDepth: defaultJsonDepth };
