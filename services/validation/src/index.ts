export { decide, type ValidationFindings, type ValidationGathered } from './decide.js';
export { inspectHead, type HeadFindings, type ValidatedRequest } from './inspect-head.js';
export { compileValidationPolicy, type RouteValidation, type ValidationPolicy } from './policy.js';
