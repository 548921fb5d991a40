export { Gateway, type UpOptions } from './up.js';
export { findNatsServer } from './find-nats-server.js';
export { UpError } from './lock-data-dir.js';
