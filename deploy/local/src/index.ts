export { Gateway, type UpOptions } from './up.js';
export { UpError } from './lock-data-dir.js';
