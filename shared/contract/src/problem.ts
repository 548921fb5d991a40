/** Where in a request something stands; the first token of a problem's pointer. */
export type Place = 'query' | 'path' | 'header' | 'cookie' | 'body';

/** One way in which a request breaks its contract. Neither field holds a value of the request. */
export interface ContractProblem {
  readonly place: Place;
  /**
   * JSON Pointer (RFC 6901) whose first token is the place: `/query/limit`, `/body/items/0/qty`. `*` stands for a property
   * name that no schema lists.
   */
  readonly pointer: string;
  readonly message: string;
  readonly reason: 'schema_violation' | 'media_type_unsupported';
}

/** A `schema_violation` at a pointer. */
export function violation(place: Place, pointer: string, message: string): ContractProblem {
  return { place, pointer, message, reason: 'schema_violation' };
}
