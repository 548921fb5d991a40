export { checkPolicyFile, type PolicyCheck } from './check-policy-file.js';
export * from './document.js';
export { compileRoutes, type RouteMatch, type RouteMatcher } from './match-route/compile-routes.js';
export { normalizeHost } from './match-route/normalize-host.js';
export { normalizePath, type NormalPath } from './match-route/normalize-path.js';
export { formatProblem, type PolicyProblem } from './policy-problem.js';
export { parseDuration } from './scalars/parse-duration.js';
export { parseSize } from './scalars/parse-size.js';
export * from './control-log/index.js';
