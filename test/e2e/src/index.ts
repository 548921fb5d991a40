export { eventually } from './eventually.js';
export { EventLog, type PublishedEvent } from './follow-events.js';
export { type Answer, type RequestToSend, sendRequest } from './send-request.js';
export { type GatewayOptions, type Row, TestGateway } from './start-gateway.js';
export { type SeenRequest, Upstream } from './start-upstream.js';
