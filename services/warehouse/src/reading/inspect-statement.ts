import { ClickHouseException } from '../engine/exception.js';

/**
 * Names that no reader may use in any role: `file` reads any file and asks for no privilege, in the embedded engine; `eval`
 * runs text; `catboostEvaluate` opens a path; the AI functions call other hosts; `stack_trace` signals all threads, and `merge`
 * would reach it by a pattern.
 */
const forbiddenNames: ReadonlySet<string> = new Set([
  'file',
  'eval',
  'catboostevaluate',
  'aiclassify',
  'aiembed',
  'aiextract',
  'aigenerate',
  'aitranslate',
  'generateserialid',
  'stack_trace',
  'merge',
]);

/** What can be told from the statement as the engine's formatter writes it: no comments, one way to quote, plain names. */
export interface Inspection {
  /** Name in the FORMAT clause, where there is one. */
  readonly format: string | undefined;
}

const textLiteral = /'(?:[^'\\]|\\.)*'/gs;
const formatClause = /\bFORMAT ([A-Za-z0-9_]+)(?: SETTINGS .*)?$/s;

/** A clause of its own, not a table of that name. */
const settingsClause = /\bSETTINGS [A-Za-z0-9_.`]+ = /;

/**
 * Throws ACCESS_DENIED where a forbidden name stands anywhere but in a text literal, and READONLY for a SETTINGS clause: the
 * engine checks that of the whole statement, but not those of subqueries. `canonical` must come from the engine's formatter,
 * which has undone escapes, comments and odd quotes; the engine's roles and `readonly` do the rest.
 */
export function inspectStatement(canonical: string, params: readonly (readonly [string, string])[]): Inspection {
  const code = canonical.replace(textLiteral, "''");
  if (settingsClause.test(code)) {
    throw new ClickHouseException(164, 'READONLY', 'Cannot modify settings in readonly mode. Readers pass settings in the URL, not in the statement.');
  }
  for (const name of code.match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? []) denyForbidden(name);
  if (/:\s*Identifier\b/i.test(code)) {
    for (const [, value] of params) {
      if (!/^[A-Za-z0-9_.-]*$/.test(value)) throw denied('an identifier parameter with characters other than letters, digits, _ . -');
      for (const name of value.split('.')) denyForbidden(name);
    }
  }
  return { format: formatClause.exec(code.trimEnd())?.[1] };
}

function denyForbidden(name: string): void {
  if (forbiddenNames.has(name.toLowerCase())) throw denied(`the name '${name}'`);
}

function denied(what: string): ClickHouseException {
  return new ClickHouseException(497, 'ACCESS_DENIED', `Not enough privileges. Readers may not use ${what} in a statement.`);
}
