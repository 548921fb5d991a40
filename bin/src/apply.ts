import type { Command } from 'commander';
import type { GatewayFlags } from './gateway/find-gateway.js';
import { connectGateway, withGateway } from './gateway/gateway-options.js';
import type { ApplyResult } from './gateway/revisions.js';
import { examples } from './output/examples.js';
import { print, say } from './output/print.js';

interface ApplyFlags extends GatewayFlags {
  readonly message?: string;
  readonly force?: boolean;
}

/** `sallyport apply FILE`: prints the number of the revision, the new one or, where nothing changes, the one in force. */
export function registerApply(program: Command): void {
  withGateway(
    program
      .command('apply')
      .argument('<file>', 'policy file')
      .summary('make a policy file the next revision')
      .description('check a policy file, make it the next revision, wait until every live instance serves it, and print its number')
      .option('-m, --message <text>', 'what changes and why; kept in the history')
      .option('--force', 'make a revision even if nothing changes'),
  )
    .addHelpText('after', examples('sallyport apply sallyport.yaml -m "acme gets gold"', 'revision=$(sallyport apply sallyport.yaml)'))
    .action(apply);
}

async function apply(file: string, flags: ApplyFlags): Promise<void> {
  const admin = connectGateway(flags);
  const { formatProblem, requirePolicy } = await import('./policy/check-policy.js');
  const { document, source, warnings } = await requirePolicy(file);
  for (const warning of warnings) say(formatProblem(warning));
  const { message = '', force = false } = flags;
  const { revision, changed } = await admin.post<ApplyResult>('/api/v1/revisions', { document, source, message, force });
  say(changed ? `revision ${revision} is in force on every live instance` : `nothing changes; revision ${revision} stays in force`);
  print(String(revision));
}
