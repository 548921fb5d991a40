import type { ContractProblem, FoundOperation, HeaderLookup } from '@sallyport/contract';
import type { RouteValidation, ValidationPolicy } from './policy.js';

/** What validation reads of a request, besides its body. */
export interface ValidatedRequest {
  readonly routeIndex: number;
  readonly method: string;
  /** Normalized and encoded. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** Name, value, name, value …; names in lower case. */
  readonly headers: readonly string[];
  /** -1 where the length is not known yet. */
  readonly bodyBytes: number;
}

/** What can be said of a request before its body is read. */
export interface HeadFindings {
  readonly route: RouteValidation;
  /** Undefined where the route has no contract, or its contract no such operation. */
  readonly found: FoundOperation | undefined;
  readonly contentType: string | undefined;
  readonly problems: readonly ContractProblem[];
  /** Whether `decide` must be given the body; false where the head alone is refused. */
  readonly needsBody: boolean;
}

/** Checks everything but the body. Pure. Throws where the policy has no such route. */
export function inspectHead(request: ValidatedRequest, policy: ValidationPolicy): HeadFindings {
  const route = policy.routes[request.routeIndex];
  if (route === undefined) throw new RangeError('the request names a route that its revision does not have');
  const found = route.contract?.findOperation(request.method, request.path);
  if (found === undefined) return { route, found, contentType: undefined, problems: [], needsBody: false };

  const headers = lookUp(request.headers);
  const contentType = joined(headers.get('content-type'));
  const problems = found.operation.checkHead({
    pathParams: found.pathParams,
    query: request.query,
    headers,
    isTakenOut: (place, name) => route.takenOut.has(`${place}:${name}`),
  });
  problems.push(...found.operation.checkMediaType(contentType, request.bodyBytes !== 0));
  const readsBody = request.bodyBytes !== 0 && problems.length === 0 && found.operation.needsBodyOf(contentType);
  if (readsBody && isEncoded(headers)) {
    problems.push({
      place: 'header',
      pointer: '/header/Content-Encoding',
      message: 'must not be sent, since an encoded body cannot be checked',
      reason: 'media_type_unsupported',
    });
  }
  return { route, found, contentType, problems, needsBody: readsBody && problems.length === 0 };
}

function lookUp(fields: readonly string[]): HeaderLookup {
  return {
    get(name) {
      let first: string | undefined;
      let all: string[] | undefined;
      for (let index = 0; index < fields.length; index += 2) {
        if (fields[index] !== name) continue;
        const value = fields[index + 1] ?? '';
        if (first === undefined) first = value;
        else if (all === undefined) all = [first, value];
        else all.push(value);
      }
      return all ?? first;
    },
  };
}

/** A repeated `Content-Type` is malformed, and so is its joined form. */
function joined(values: string | readonly string[] | undefined): string | undefined {
  return values === undefined || typeof values === 'string' ? values : values.join(', ');
}

function isEncoded(headers: HeaderLookup): boolean {
  const coding = joined(headers.get('content-encoding'))?.trim().toLowerCase();
  return coding !== undefined && coding !== '' && coding !== 'identity';
}
