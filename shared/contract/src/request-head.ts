import type { ContractProblem } from './problem.js';

/** Header fields by lower-case name; several values where the request repeats the field. A `Map` will do. */
export interface HeaderLookup {
  get(lowerCaseName: string): string | readonly string[] | undefined;
}

/** What a contract looks at before it sees a body. */
export interface RequestHead {
  /** As `findOperation` returned them. */
  readonly pathParams: readonly string[];
  /** As sent, without the `?`; empty where there is none. */
  readonly query: string;
  readonly headers: HeaderLookup;
  /**
   * Whether something before this stage has taken the named parameter out, as is done with credentials: it is then not missed.
   * Header names come in lower case.
   */
  readonly isTakenOut?: (place: 'query' | 'header' | 'cookie', name: string) => boolean;
}

/** Appends the problems of one part of the head. */
export type CheckHead = (head: RequestHead, problems: ContractProblem[]) => void;
