export { Gateway, type UpOptions } from './up.js';
export { findNatsServer } from './find-nats-server.js';
export { UpError } from './lock-data-dir.js';
export { openDataDir } from './data-dir.js';
export { serviceProcess, type ServiceName } from './cluster-plan.js';
export { SupervisedProcess } from './supervised-process.js';
