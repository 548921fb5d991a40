/** For operators: code and message of an error; undici's and Node's name hosts, ports and faults, no values of a request. */
export function describeFailure(error: Error & { readonly code?: unknown }): string {
  return typeof error.code === 'string' ? `${error.message || error.name} (${error.code})` : error.message || error.name;
}

/** Whether the request itself is at fault, so that no target could take it: a field or a path that must not be written. */
export function isUnsendable(error: Error & { readonly code?: unknown }): boolean {
  return error.code === 'UND_ERR_INVALID_ARG' || error.code === 'UND_ERR_NOT_SUPPORTED';
}
