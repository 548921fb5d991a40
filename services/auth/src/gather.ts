import { readCredentials } from '@sallyport/envelope';
import type { HopRequest } from '@sallyport/pipeline';
import type { MintedKeys } from './api-key/minted-keys.js';
import { presentKey } from './api-key/present-key.js';
import type { AuthGathered } from './decide.js';
import { presentToken } from './jwt/present-token.js';
import type { Alternative, AuthPolicy } from './policy.js';
import type { Presented } from './principal.js';
import type { Revocations } from './revocations.js';

/** What stands outside revisions and is always current. */
export interface AuthState {
  readonly minted: MintedKeys;
  readonly revocations: Revocations;
}

/** Matches the route anew and asks the route's alternatives, in order, until one yields a principal. */
export function gather(request: HopRequest, policy: AuthPolicy, state: AuthState): AuthGathered | Promise<AuthGathered> {
  const match = policy.matcher.match(request.host, request.method, request.path);
  const routeIndex = match.kind === 'matched' ? match.routeIndex : -1;
  const route = policy.routes[routeIndex];
  if (route === undefined || route.kind === 'public') return { routeIndex, presented: [] };

  const credentials = readCredentials(request.sections);
  const presented: Presented[] = [];
  for (let i = 0; i < route.alternatives.length; i++) {
    const outcome = present(route.alternatives[i]!, credentials, state, request.receivedAtMs);
    if (outcome instanceof Promise) {
      return gatherRest(outcome, route.alternatives.slice(i + 1), presented, credentials, state, request, routeIndex);
    }
    presented.push(outcome);
    if (outcome.kind === 'principal') break;
  }
  return { routeIndex, presented };
}

async function gatherRest(
  first: Promise<Presented>,
  rest: readonly Alternative[],
  presented: Presented[],
  credentials: readonly string[],
  state: AuthState,
  request: HopRequest,
  routeIndex: number,
): Promise<AuthGathered> {
  presented.push(await first);
  for (const alternative of rest) {
    if (presented.at(-1)!.kind === 'principal') break;
    presented.push(await present(alternative, credentials, state, request.receivedAtMs));
  }
  return { routeIndex, presented };
}

function present(
  alternative: Alternative,
  credentials: readonly string[],
  { minted, revocations }: AuthState,
  nowMs: number,
): Presented | Promise<Presented> {
  if (alternative.kind === 'jwt') {
    return presentToken(alternative, credential(credentials, 'authorization'), revocations, nowMs);
  }
  const name = alternative.in === 'header' ? alternative.name : `${alternative.in}:${alternative.name}`;
  return presentKey(alternative, credential(credentials, name), minted, (id) => revocations.coversKey(id), nowMs);
}

/** The value of one credential; one that is sent twice counts as wrong, so it is joined as HTTP joins repeated fields. */
function credential(credentials: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (let i = 0; i < credentials.length; i += 2) {
    if (credentials[i] === name) value = value === undefined ? credentials[i + 1]! : `${value}, ${credentials[i + 1]!}`;
  }
  return value;
}
