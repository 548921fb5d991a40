import { checkDuplicates } from './check/check-duplicates.js';
import { checkReferences } from './check/check-references.js';
import { checkSubjects } from './check/check-subjects.js';
import { checkTies } from './check/check-ties.js';
import { digestDocument } from './digest-document.js';
import type { PolicyDocument } from './document.js';
import { documentSchema } from './document-schema.js';
import { formatPath, type Finding } from './policy-problem.js';

export type DocumentCheck = { readonly ok: true; readonly document: PolicyDocument } | { readonly ok: false; readonly messages: readonly string[] };

/**
 * Checks a document that comes from elsewhere: its form, down to unknown keys, and all that holds between its entries, by the
 * rules of `checkPolicyFile`. What passes compiles. A document of a later version is refused, never half obeyed.
 */
export function checkPolicyDocument(value: unknown): DocumentCheck {
  const parsed = documentSchema.safeParse(value);
  if (!parsed.success) {
    return { ok: false, messages: parsed.error.issues.map((issue) => explain({ path: issue.path as Finding['path'], message: issue.message })) };
  }
  const document = parsed.data;
  const findings = [
    ...checkReferences(document),
    ...checkDuplicates(document),
    ...checkSubjects(document),
    ...checkTies(document),
    ...checkContracts(document),
  ];
  return findings.length === 0 ? { ok: true, document } : { ok: false, messages: findings.map(explain) };
}

function checkContracts({ routes, documents }: PolicyDocument): Finding[] {
  const misnamed = Object.entries(documents)
    .filter(([digest, contract]) => digestDocument(contract) !== digest)
    .map(([digest]): Finding => ({ path: ['documents', digest], message: 'is not what its digest says' }));
  const missing = routes.flatMap(({ validate: { openapi } }, i): Finding[] =>
    openapi === null || Object.hasOwn(documents, openapi) ? [] : [{ path: ['routes', i, 'validate', 'openapi'], message: 'is not among the documents' }],
  );
  return [...misnamed, ...missing];
}

function explain({ path, message }: Finding): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}
