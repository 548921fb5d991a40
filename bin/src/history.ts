import type { RevisionManifest } from '@sallyport/policy';
import type { Command } from 'commander';
import type { GatewayFlags } from './gateway/find-gateway.js';
import { connectGateway, withGateway } from './gateway/gateway-options.js';
import { examples } from './output/examples.js';
import { formatInstant } from './output/format-time.js';
import { paintFor } from './output/paint.js';
import { print, printJson, say } from './output/print.js';
import { renderTable } from './output/render-table.js';

/** `sallyport history`. */
export function registerHistory(program: Command): void {
  withGateway(program.command('history').summary('list all policy revisions').description('list all policy revisions, the newest first').option('--json', 'print them as JSON'))
    .addHelpText('after', examples('sallyport history', "sallyport history --json | jq '.[0].revision'"))
    .action(history);
}

async function history(flags: GatewayFlags & { readonly json?: boolean }): Promise<void> {
  const { revisions } = await connectGateway(flags).get<{ revisions: RevisionManifest[] }>('/api/v1/revisions');
  if (flags.json === true) return printJson(revisions);
  if (revisions.length === 0) return say('there is no revision yet; `sallyport apply FILE` makes the first');
  const rows = revisions.map(({ revision, createdAtMs, author, message }, i) => [`${revision}${i === 0 ? ' *' : ''}`, formatInstant(createdAtMs), author, message]);
  print(renderTable(['REVISION', 'APPLIED', 'BY', 'MESSAGE'], rows, paintFor(process.stdout)));
}
