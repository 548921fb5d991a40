import { buildDocument } from './build-document.js';
import { checkDuplicates } from './check/check-duplicates.js';
import { checkReferences } from './check/check-references.js';
import { checkSubjects } from './check/check-subjects.js';
import { checkTies } from './check/check-ties.js';
import type { PolicyDocument } from './document.js';
import { formatPath, type Finding, type PolicyProblem } from './policy-problem.js';
import { parseYaml } from './read/parse-yaml.js';
import { readTextFile } from './read/read-text-file.js';
import type { Env } from './read/substitute-env.js';
import { parseDraft } from './schema/parse-draft.js';
import { resolveSideFiles } from './side-files/resolve-side-files.js';

export type PolicyCheck =
  | {
      readonly ok: true;
      readonly document: PolicyDocument;
      /** The text of the file as it stands, before `${NAME}` was replaced: it holds no secrets of the environment. */
      readonly source: string;
    }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/**
 * Reads a policy file and all that it refers to, and checks everything that can be known before it serves. All problems at once,
 * by line. `path` is shown in them as it is given. Values of the file occur in no message.
 */
export function checkPolicyFile(path: string, env: Env): PolicyCheck {
  const file = readTextFile(path);
  if (!file.ok) return { ok: false, problems: [{ file: path, line: 1, col: 1, message: `the policy file ${file.message}` }] };
  const parsed = parseYaml(path, file.text, env);
  if (!parsed.ok) return { ok: false, problems: sortByPlace(parsed.problems) };

  const { draft, findings } = parseDraft(parsed.yaml.value);
  const sideFiles = resolveSideFiles(draft, path);
  const all = [
    ...findings,
    ...sideFiles.findings,
    ...checkReferences(draft),
    ...checkDuplicates(draft),
    ...checkSubjects(draft),
    ...checkTies(draft),
  ];
  if (all.length > 0) return { ok: false, problems: sortByPlace(parsed.yaml.locate(all.map(nameThePlace))) };
  return { ok: true, document: buildDocument(draft, sideFiles), source: file.text };
}

function nameThePlace(finding: Finding): Finding {
  return finding.path.length === 0 ? finding : { ...finding, message: `${formatPath(finding.path)}: ${finding.message}` };
}

function sortByPlace(problems: readonly PolicyProblem[]): PolicyProblem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.col - b.col);
}
