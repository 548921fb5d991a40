import type { PolicyDocument, RoutePolicy } from '@sallyport/policy';
import { compileContract, ContractError, type Contract } from '@sallyport/contract';

/** One revision as validation needs it. */
export interface ValidationPolicy {
  /** By the index of the route. */
  readonly routes: readonly RouteValidation[];
  /** By the digest of the OpenAPI document; what the next revision can take over. */
  readonly contracts: ReadonlyMap<string, Contract>;
}

export interface RouteValidation {
  readonly contract: Contract | undefined;
  readonly maxBodyBytes: number;
  /** What auth takes out of a request before it gets here: `header:x-api-key`, `query:key`, `cookie:sid`. */
  readonly takenOut: ReadonlySet<string>;
}

/**
 * Compiles a revision; a document that several routes or the `previous` revision name is compiled once. Throws `ContractError`
 * for a document that cannot be enforced.
 */
export function compileValidationPolicy(document: PolicyDocument, previous?: ValidationPolicy): ValidationPolicy {
  const contracts = new Map<string, Contract>();
  const contractOf = (digest: string): Contract => {
    const known = contracts.get(digest) ?? previous?.contracts.get(digest);
    if (known === undefined && document.documents[digest] === undefined) {
      throw new ContractError('', `the policy names an OpenAPI document that it does not carry: ${digest}`);
    }
    const contract = known ?? compileContract(document.documents[digest]);
    contracts.set(digest, contract);
    return contract;
  };
  const routes = document.routes.map((route) => ({
    contract: route.validate.openapi === null ? undefined : contractOf(route.validate.openapi),
    maxBodyBytes: route.validate.maxBodyBytes,
    takenOut: placesTakenOut(route),
  }));
  return { routes, contracts };
}

function placesTakenOut({ auth, forwardCredential }: RoutePolicy): ReadonlySet<string> {
  if (auth.kind === 'public' || forwardCredential) return new Set();
  const keys = auth.alternatives.filter((alternative) => alternative.kind === 'apiKey');
  return new Set(keys.map((key) => `${key.in}:${key.in === 'header' ? key.name.toLowerCase() : key.name}`));
}
