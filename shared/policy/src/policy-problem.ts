/** What is wrong with a policy file, and where. */
export interface PolicyProblem {
  /** As it was given, or as the policy file names it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly col: number;
  readonly message: string;
}

/** `file:line:col: message`, as compilers write it. */
export function formatProblem({ file, line, col, message }: PolicyProblem): string {
  return `${file}:${line}:${col}: ${message}`;
}

/** Keys and indices from the root of the file to a value in it. */
export type PolicyPath = readonly (string | number)[];

/** A problem that has not got its line and column yet. */
export interface Finding {
  readonly path: PolicyPath;
  /** Points at the key instead of its value. */
  readonly atKey?: boolean;
  readonly message: string;
}

/** `routes[0].match.path`. */
export function formatPath(path: PolicyPath): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('');
}
