import type { RoutePolicy } from '@sallyport/policy';

/** Header fields that carry credentials on every route. */
const alwaysCredentials = ['authorization', 'proxy-authorization'];

/** Which parts of a route's requests are credentials. Compiled once a revision. */
export interface CredentialPlaces {
  readonly headers: ReadonlySet<string>;
  readonly queryNames: readonly string[];
  readonly cookieNames: readonly string[];
  /** The upstream is to see the credential, so it also stays where it was. */
  readonly keep: boolean;
}

export interface SplitRequest {
  readonly headers: readonly string[];
  readonly query: string;
  /** Name, value …; those from the query and from cookies are named `query:<name>` and `cookie:<name>`. */
  readonly credentials: readonly string[];
}

export function compileCredentialPlaces(route: RoutePolicy): CredentialPlaces {
  const apiKeys = route.auth.kind === 'any' ? route.auth.alternatives.filter((a) => a.kind === 'apiKey') : [];
  const named = (place: string) => apiKeys.filter((key) => key.in === place).map((key) => key.name);
  return {
    headers: new Set([...alwaysCredentials, ...named('header').map((name) => name.toLowerCase())]),
    queryNames: named('query'),
    cookieNames: named('cookie'),
    keep: route.forwardCredential,
  };
}

/** Parts the credentials from the rest of a request, so that auth can leave them out when it hands the request on. */
export function splitCredentials(places: CredentialPlaces, headers: readonly string[], query: string): SplitRequest {
  const credentials: string[] = [];
  const rest: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    const value = headers[i + 1]!;
    if (places.headers.has(name)) {
      credentials.push(name, value);
      if (places.keep) rest.push(name, value);
    } else if (name === 'cookie' && places.cookieNames.length > 0) {
      const kept = splitPairs(value, /;\s*/, '; ', 'cookie', places.cookieNames, places.keep, credentials);
      if (kept !== '') rest.push(name, kept);
    } else {
      rest.push(name, value);
    }
  }
  const keptQuery =
    places.queryNames.length === 0
      ? query
      : splitPairs(query, '&', '&', 'query', places.queryNames, places.keep, credentials);
  return { headers: rest, query: keptQuery, credentials };
}

function splitPairs(
  text: string,
  separator: string | RegExp,
  joiner: string,
  place: 'cookie' | 'query',
  names: readonly string[],
  keep: boolean,
  credentials: string[],
): string {
  const kept = text.split(separator).filter((pair) => {
    const at = pair.indexOf('=');
    const name = decode(at < 0 ? pair : pair.slice(0, at), place);
    if (!names.includes(name)) return true;
    credentials.push(`${place}:${name}`, decode(at < 0 ? '' : pair.slice(at + 1), place));
    return keep;
  });
  return kept.join(joiner);
}

/** A credential that is not valid percent-encoding is passed as it stands; it will match no key. */
function decode(text: string, place: 'cookie' | 'query'): string {
  if (place === 'cookie') return text.trim();
  try {
    return decodeURIComponent(text.replaceAll('+', ' ')).replaceAll('\n', ' ');
  } catch {
    return text;
  }
}
