import type { Command } from 'commander';
import type { GatewayFlags } from './gateway/find-gateway.js';
import { connectGateway, withGateway } from './gateway/gateway-options.js';
import type { ApplyResult } from './gateway/revisions.js';
import { examples } from './output/examples.js';
import { print, say } from './output/print.js';
import { parseRevision } from './parse-revision.js';

/** `sallyport rollback REV`: prints the number of the new revision. */
export function registerRollback(program: Command): void {
  withGateway(
    program
      .command('rollback')
      .argument('<rev>', 'number of the revision to go back to', parseRevision)
      .summary('go back to an older revision')
      .description('make a new revision with the content of an older one, wait until every live instance serves it, and print its number')
      .option('-m, --message <text>', 'why; kept in the history'),
  )
    .addHelpText('after', examples('sallyport rollback 3 -m "the new limits were too tight"'))
    .action(rollback);
}

async function rollback(target: number, flags: GatewayFlags & { readonly message?: string }): Promise<void> {
  const body = { revision: target, message: flags.message ?? '' };
  const { revision, changed } = await connectGateway(flags).post<ApplyResult>('/api/v1/rollback', body);
  say(changed ? `revision ${revision} is in force on every live instance; it says what revision ${target} did` : `nothing changes; revision ${revision} says the same as ${target}`);
  print(String(revision));
}
