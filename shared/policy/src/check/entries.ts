import type { ConsumerPolicy, RoutePolicy } from '../document.js';

/** What the checks across entries look at, in a document or in what is well-formed of a file. */
export interface Entries {
  readonly issuers: object;
  readonly plans: object;
  readonly upstreams: object;
  readonly consumers: Readonly<Record<string, Partial<ConsumerPolicy>>>;
  readonly routes: readonly Partial<Pick<RoutePolicy, 'id' | 'match' | 'upstream' | 'auth' | 'limits'>>[];
}
