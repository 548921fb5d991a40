import { checkPolicyFile, formatProblem, type PolicyDocument, type PolicyProblem } from '@sallyport/policy';
import { CliError } from '../cli-error.js';
import { locateContractReference } from './locate-reference.js';

export { formatProblem };

export interface CheckedPolicy {
  readonly document: PolicyDocument;
  readonly source: string;
  /** What the OpenAPI documents say and the gateway will not check. */
  readonly warnings: readonly PolicyProblem[];
}

export type PolicyCheck = ({ readonly ok: true } & CheckedPolicy) | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/**
 * Checks a policy file, all that it refers to, and that its OpenAPI documents can be enforced; what is wrong with one of those stands
 * where the policy file names it. `${NAME}` is taken from the environment.
 */
export async function checkPolicy(path: string): Promise<PolicyCheck> {
  const checked = checkPolicyFile(path, process.env);
  if (!checked.ok) return checked;
  const { document, source } = checked;
  const problems: PolicyProblem[] = [];
  const warnings: PolicyProblem[] = [];
  // Loaded where it is needed only: it takes a while.
  const { compileContract, ContractError } = await import('@sallyport/contract');
  for (const [digest, openApi] of Object.entries(document.documents)) {
    const index = document.routes.findIndex(({ validate }) => validate.openapi === digest);
    const at = (message: string): PolicyProblem => ({ file: path, ...locateContractReference(source, index), message });
    try {
      for (const { pointer, message } of compileContract(openApi).warnings) warnings.push(at(`warning: at ${pointer}: ${message}`));
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      const where = error.pointer === '' ? '' : `at ${error.pointer}: `;
      problems.push(at(`routes[${index}].validate.openapi: the OpenAPI document cannot be enforced: ${where}${error.message}`));
    }
  }
  if (problems.length > 0) return { ok: false, problems: problems.toSorted((a, b) => a.line - b.line) };
  return { ok: true, document, source, warnings };
}

/** Checks a policy file that is to be applied. Throws `CliError` that lists what is wrong. */
export async function requirePolicy(path: string): Promise<CheckedPolicy> {
  const checked = await checkPolicy(path);
  if (checked.ok) return checked;
  throw new CliError('refused', `${checked.problems.map(formatProblem).join('\n')}\n${path} does not check; nothing was changed`);
}
