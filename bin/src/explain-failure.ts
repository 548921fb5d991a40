import { CommanderError } from 'commander';
import { CliError, exitCodes } from './cli-error.js';
import { RefusedError } from './gateway/admin-client.js';
import { say } from './output/print.js';
import { printable } from './output/printable.js';

/** Says what went wrong and gives the exit code for it. Commander has said its own part already. */
export function explainFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof RefusedError && error.faults.length > 1) {
    say(`sallyport: refused, for ${error.faults.length} reasons:`);
    for (const fault of error.faults) say(printable(`  ${fault}`));
    return error.exitCode;
  }
  if (error instanceof CliError) {
    say(printable(`sallyport: ${error.message}`));
    return error.exitCode;
  }
  say(printable(`sallyport: a fault of its own: ${error instanceof Error ? error.stack : String(error)}`));
  return exitCodes.refused;
}
