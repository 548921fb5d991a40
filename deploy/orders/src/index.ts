export { DEMO_CLIENTS, DEMO_SCOPES, type DemoClientId, tokenCommand } from './demo-clients.js';
export type { RunningService } from './listen-on-loopback.js';
export type { Order, OrderChange, OrderDraft, OrderItem, OrderStatus } from './order.js';
export { requestToken, type TokenRequest } from './request-token.js';
export { seededOrderId } from './seed-orders.js';
export { serveIdentityProvider } from './serve-identity-provider.js';
export { serveOrders } from './serve-orders.js';
