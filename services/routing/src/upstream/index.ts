export { BodySource, type BodyDemand } from './body-source.js';
export { buildUpstreamHeaders, type RequestFacts } from './build-upstream-headers.js';
export { filterResponseHeaders } from './filter-response-headers.js';
export { hasDigest, LastChunkHold, type HeldBody } from './hold-last-chunk.js';
export { createUpstreamPools, type TargetStatus, type UpstreamPools, type Upstreams } from './upstream-pools.js';
export {
  defaultUpstreamOptions,
  type UpstreamControl,
  type UpstreamFailure,
  type UpstreamHandler,
  type UpstreamOptions,
  type UpstreamRequest,
  type UpstreamTargets,
} from './upstream-types.js';
