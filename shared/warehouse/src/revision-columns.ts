import type { Column } from './column.js';

/** Columns of `policy_revisions`, in the order of its JSONCompactEachRow lines. */
export const policyRevisionColumns = [
  { name: 'revision', type: 'UInt32', comment: 'Number of the revision, as in requests.revision' },
  { name: 'created_at', type: "DateTime64(3, 'UTC')", comment: 'When it was applied' },
  { name: 'author', type: 'String', comment: 'Who applied it' },
  { name: 'message', type: 'String', comment: 'What they said about it' },
  { name: 'sha256', type: 'String', comment: 'Digest of the policy in hex' },
  { name: 'source', type: 'String', comment: 'The policy file as it was applied, before ${ENV} was substituted', codec: 'ZSTD(3)' },
] as const satisfies readonly Column[];
