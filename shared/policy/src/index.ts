export * from './document.js';
export { compileRoutes, type RouteMatch, type RouteMatcher } from './match-route/compile-routes.js';
export { normalizeHost } from './match-route/normalize-host.js';
export { normalizePath, type NormalPath } from './match-route/normalize-path.js';
export * from './control-log/index.js';
