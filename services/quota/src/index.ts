export { PARTITIONS, partitionOf } from '@sallyport/pipeline';
export { QuotaEngine, type Denied, type EngineOptions, type Judgement } from './engine.js';
export type { LimitState } from './counter.js';
export type { Limit, LimitUse, QuotaLimit, RateLimit } from './limit.js';
export { compileLimits, type LimitPlan, type LimitSubjects } from './plan-limits.js';
export { ratelimitFields, type RateLimitFields } from './ratelimit-fields.js';
export { OwnerClock } from './owner-clock.js';
export { QuotaNode, quotaNodeDefaults, type Location, type QuotaNodeOptions, type QuotaNodeStats } from './quota-node.js';
