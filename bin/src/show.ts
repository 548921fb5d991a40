import type { Command } from 'commander';
import type { GatewayFlags } from './gateway/find-gateway.js';
import { connectGateway, withGateway } from './gateway/gateway-options.js';
import type { StoredRevision } from './gateway/revisions.js';
import { examples } from './output/examples.js';
import { formatInstant } from './output/format-time.js';
import { printable, printableLine } from './output/printable.js';
import { printJson, say } from './output/print.js';
import { parseRevision } from './parse-revision.js';

/** `sallyport show REV`: the policy file as it was applied, byte by byte. */
export function registerShow(program: Command): void {
  withGateway(
    program
      .command('show')
      .argument('<rev>', 'number of the revision', parseRevision)
      .summary('print the policy file of a revision')
      .description('print the policy file of a revision as it was applied')
      .option('--json', 'print all of the revision as JSON, with the policy as it is enforced'),
  )
    .addHelpText('after', examples('sallyport show 3', 'sallyport show 3 > sallyport.yaml'))
    .action(show);
}

async function show(revision: number, flags: GatewayFlags & { readonly json?: boolean }): Promise<void> {
  const stored = await connectGateway(flags).get<StoredRevision>(`/api/v1/revisions/${revision}`);
  if (flags.json === true) return printJson(stored);
  const { createdAtMs, author, message } = stored.manifest;
  say(printableLine(`# revision ${revision}, applied ${formatInstant(createdAtMs)} by ${author}${message === '' ? '' : `: ${message}`}`));
  const { source } = stored.content;
  process.stdout.write(process.stdout.isTTY ? printable(source) : source);
}
