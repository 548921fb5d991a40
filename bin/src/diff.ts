import type { Command } from 'commander';
import { renderChanges } from './diff/render-changes.js';
import { renderUnified } from './diff/render-unified.js';
import { summarizeChanges } from './diff/summarize-changes.js';
import { connectGateway, withGateway } from './gateway/gateway-options.js';
import type { GatewayFlags } from './gateway/find-gateway.js';
import { getCurrentRevision } from './gateway/revisions.js';
import { examples } from './output/examples.js';
import { paintFor } from './output/paint.js';
import { print, printJson, say } from './output/print.js';

/** `sallyport diff FILE`. */
export function registerDiff(program: Command): void {
  withGateway(
    program
      .command('diff')
      .argument('<file>', 'policy file')
      .summary('show what applying a policy file would change')
      .description('show what applying a policy file would change: what it means, then the texts as a unified diff')
      .option('--json', 'print what it means as JSON, without the texts'),
  )
    .addHelpText('after', examples('sallyport diff sallyport.yaml', 'sallyport diff sallyport.yaml | patch -R sallyport.yaml   # back to the revision in force'))
    .action(diff);
}

async function diff(file: string, flags: GatewayFlags & { readonly json?: boolean }): Promise<void> {
  const admin = connectGateway(flags);
  const { requirePolicy } = await import('./policy/check-policy.js');
  const { document, source } = await requirePolicy(file);
  const current = await getCurrentRevision(admin);
  const changes = summarizeChanges(current?.content.document, document);
  if (flags.json === true) {
    printJson({ revision: current?.manifest.revision ?? null, sourceChanged: current?.content.source !== source, changes });
    return;
  }
  const paint = paintFor(process.stdout);
  const revision = current === undefined ? undefined : `revision ${current.manifest.revision}`;
  const texts = renderUnified([revision ?? '/dev/null', file], current?.content.source ?? '', source, paint);
  for (const line of renderChanges(changes, paint)) print(line);
  if (texts !== '') print((changes.length > 0 ? '\n' : '') + texts);
  if (changes.length === 0) say(texts === '' ? `no difference from ${revision}` : `the text differs, what it means is the same as ${revision ?? 'no policy'}`);
}
