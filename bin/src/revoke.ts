import { type Command, Option } from 'commander';
import { CliError } from './cli-error.js';
import type { GatewayFlags } from './gateway/find-gateway.js';
import { connectGateway, withGateway } from './gateway/gateway-options.js';
import { examples } from './output/examples.js';
import { say } from './output/print.js';

interface RevokeFlags extends GatewayFlags {
  readonly tokenId?: string;
  readonly subject?: string;
}

/** `sallyport revoke --token-id JTI | --subject SUB`. */
export function registerRevoke(program: Command): void {
  withGateway(
    program
      .command('revoke')
      .summary('revoke a token, or all tokens of a subject')
      .description('revoke one token, or all tokens of a subject that were issued up to now; they are refused everywhere at once')
      .addOption(new Option('--token-id <jti>', 'the token with this jti').conflicts('subject'))
      .addOption(new Option('--subject <sub>', 'all tokens with this sub')),
  )
    .addHelpText('after', examples('sallyport revoke --token-id 2f1c9d', 'sallyport revoke --subject user-17', 'sallyport key revoke KEYID   # for API keys'))
    .action(revoke);
}

async function revoke(flags: RevokeFlags): Promise<void> {
  const { tokenId, subject } = flags;
  if (!tokenId && !subject) throw new CliError('usage', 'say what to revoke: --token-id JTI or --subject SUB');
  await connectGateway(flags).post('/api/v1/revocations', tokenId ? { tokenId } : { subject });
  say(tokenId ? `the token ${tokenId} is revoked` : `all tokens of ${subject} that were issued up to now are revoked`);
}
