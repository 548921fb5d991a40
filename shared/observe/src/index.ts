export { createLogger, type Logger } from './create-logger.js';
export { Counter, createRegistry, Gauge, Histogram, HotCounter, Registry } from './metrics.js';
export { sampledParent, type SpanFacts, startTracing, type Tracing } from './tracing.js';
