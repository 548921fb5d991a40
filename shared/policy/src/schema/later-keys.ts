import type { PolicyPath } from '../policy-problem.js';

export const NOT_YET = 'not supported by this version yet';

/** Keys that later versions bring, by where they stand; refused by name, so that nobody believes them to be in force. */
export const LATER_KEYS: Readonly<Record<string, readonly string[]>> = {
  '': ['listen', 'addresses', 'sentinel', 'webhooks'],
  'issuers.*': ['dpop', 'certificateBound', 'maxLifetime', 'introspection'],
  'plans.*.limits': ['concurrent', 'durable', 'cost'],
  'consumers.*': ['addresses', 'basic', 'hmac', 'signatures', 'certificates'],
  routes: ['addresses', 'cors', 'owns'],
  'routes.auth': ['rule'],
  'routes.auth.any': ['introspection', 'basic', 'mtls', 'hmac', 'signature'],
  'routes.limits': ['concurrent', 'durable', 'cost'],
  'routes.validate': ['body', 'xml', 'response', 'unlisted', 'paranoia', 'seclang', 'exceptions'],
};

/** Whether a later version knows the key at the end of `path`. */
export function isLaterKey(path: PolicyPath): boolean {
  const steps = path.slice(0, -1).filter((step, depth) => typeof step === 'string' || depth === 1);
  const place = steps.map((step, depth) => (depth === 1 && path[0] !== 'routes' ? '*' : step)).filter((step) => typeof step === 'string');
  return LATER_KEYS[place.join('.')]?.includes(String(path.at(-1))) ?? false;
}
