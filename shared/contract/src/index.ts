export { compileContract, type Contract, type FoundOperation } from './compile-contract.js';
export { ContractError, type ContractWarning } from './contract-error.js';
export type { ContractOptions } from './contract-parts.js';
export type { Operation, ReceivedBody } from './operation.js';
export type { ContractProblem, Place } from './problem.js';
export type { HeaderLookup, RequestHead } from './request-head.js';
