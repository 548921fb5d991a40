export { eventually } from './eventually.js';
export { type GatewayOptions, type Row, TestGateway } from './start-gateway.js';
export { type SeenRequest, Upstream } from './start-upstream.js';
