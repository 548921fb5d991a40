import { compileContract, ContractError } from '@sallyport/contract';
import type { OpenApiDocument } from '@sallyport/policy';

/** By digest: what keeps each document from being enforced. Documents without a fault are left out. */
export function findContractFaults(documents: Readonly<Record<string, OpenApiDocument>>): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const [digest, document] of Object.entries(documents)) {
    try {
      compileContract(document);
    } catch (error) {
      faults[digest] = error instanceof ContractError && error.pointer !== '' ? `at ${error.pointer}: ${error.message}` : (error as Error).message;
    }
  }
  return faults;
}
