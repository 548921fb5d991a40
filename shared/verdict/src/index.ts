export { isReason, reasons, type Reason } from './reasons.js';
export { problemTable, type ProblemRow } from './problem-table.js';
export { allow, deny, type Allow, type Deny, type Verdict } from './verdict.js';
export { renderProblem, type Problem } from './problem.js';
