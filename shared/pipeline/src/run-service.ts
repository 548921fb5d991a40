import { createLogger } from '@sallyport/observe';

/**
 * Runs a service until SIGTERM or SIGINT and then stops it. `start` yields the function that stops. A start that fails
 * is one line on standard error and exit code 1; the supervisor tries again.
 */
export function runService(service: string, start: () => Promise<() => Promise<void>>): void {
  const logger = createLogger(service, process.env['SALLYPORT_INSTANCE'] ?? '');
  let stopping = false;
  start().then(
    (stop) => {
      const onSignal = () => {
        if (stopping) return;
        stopping = true;
        stop().then(
          () => process.exit(0),
          (error: unknown) => {
            logger.error({ err: error }, 'the service did not stop cleanly');
            process.exit(1);
          },
        );
      };
      process.on('SIGTERM', onSignal);
      process.on('SIGINT', onSignal);
      // The supervisor is gone; nobody would stop this process any more.
      process.on('disconnect', onSignal);
      process.send?.('ready');
    },
    (error: unknown) => {
      logger.fatal({ err: error }, 'the service could not start');
      process.exit(1);
    },
  );
}
