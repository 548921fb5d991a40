/** Codes of exceptions that ClickHouse's HTTP handler answers with something else than 500. */
const codesByStatus: Readonly<Record<number, readonly number[]>> = {
  // BAD_ARGUMENTS, SYNTAX_ERROR, TYPE_MISMATCH, CANNOT_PARSE_…, TOO_DEEP_AST and so on; BAD_QUERY_PARAMETER is ours.
  400: [6, 15, 16, 25, 26, 27, 36, 38, 41, 44, 53, 62, 69, 72, 117, 158, 167, 168, 221, 223, 256, 376, 427, 441, 456, 457, 675, 676],
  401: [194],
  // ACCESS_DENIED, AUTHENTICATION_FAILED and the like; READONLY is 500 there, which says nothing to a caller.
  403: [164, 192, 193, 497, 511, 516],
  // UNKNOWN_…: identifier, function, type, storage, table, database, setting, format, aggregate function.
  404: [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 372],
  408: [159],
  411: [381],
  413: [],
  415: [],
  501: [48],
  503: [74, 209, 202, 241, 439],
};

const statuses: ReadonlyMap<number, number> = new Map(
  Object.entries(codesByStatus).flatMap(([status, codes]) => codes.map((code) => [code, Number(status)] as const)),
);

/** HTTP status of an exception's code. */
export function httpStatusOf(code: number): number {
  return statuses.get(code) ?? 500;
}
