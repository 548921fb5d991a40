import { pino, type Logger } from 'pino';

export type { Logger };

/**
 * Structured logs, one JSON object a line on standard error. `LOG_LEVEL` sets the level (default `info`). Nothing of a
 * request is logged but its id, its route and the reason: no header fields, no bodies.
 */
export function createLogger(service: string, instance: string): Logger {
  return pino(
    { level: process.env['LOG_LEVEL'] ?? 'info', base: { service, instance }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}
