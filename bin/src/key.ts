import type { Command } from 'commander';
import { CliError } from './cli-error.js';
import type { GatewayFlags } from './gateway/find-gateway.js';
import { connectGateway, withGateway } from './gateway/gateway-options.js';
import { examples } from './output/examples.js';
import { formatInstant } from './output/format-time.js';
import { paintFor } from './output/paint.js';
import { print, printJson, say } from './output/print.js';
import { renderTable } from './output/render-table.js';

interface ApiKey {
  readonly id: string;
  readonly consumer: string;
  readonly scopes: readonly string[];
  readonly createdAtMs: number | null;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly origin: 'minted' | 'policy';
}

interface CreateFlags extends GatewayFlags {
  readonly consumer: string;
  readonly scopes?: string[];
  readonly expires?: string;
  readonly json?: boolean;
}

/** `sallyport key create|list|revoke`. */
export function registerKey(program: Command): void {
  const key = program.command('key').description('make, list and revoke API keys');
  withGateway(
    key
      .command('create')
      .summary('make an API key')
      .description('make an API key for a consumer of the policy in force and print it, this once')
      .requiredOption('--consumer <id>', 'whose key it is')
      .option('--scopes <a,b>', 'what it may do, separated by commas', parseScopes)
      .option('--expires <when>', 'how long it holds, like 30d, or until when, like 2027-01-31')
      .option('--json', 'print its id and all else as JSON as well'),
  )
    .addHelpText('after', examples('sallyport key create --consumer acme --scopes orders:read --expires 30d', 'KEY=$(sallyport key create --consumer acme)'))
    .action(createKey);
  withGateway(key.command('list').summary('list all API keys').description('list all API keys, those made here and those of the policy in force').option('--json', 'print them as JSON'))
    .addHelpText('after', examples('sallyport key list'))
    .action(listKeys);
  withGateway(key.command('revoke').argument('<keyid>', 'id of the key, as `key list` shows it').summary('revoke an API key').description('revoke an API key; it is refused everywhere at once'))
    .addHelpText('after', examples('sallyport key revoke k_0123456789abcdef'))
    .action(revokeKey);
}

async function createKey(flags: CreateFlags): Promise<void> {
  const { consumer, scopes = [], expires, json } = flags;
  const expiresAtMs = expires === undefined ? null : await parseExpiry(expires);
  const made = await connectGateway(flags).post<ApiKey & { key: string }>('/api/v1/keys', { consumer, scopes, expiresAtMs });
  if (json === true) return printJson(made);
  const until = made.expiresAtMs === null ? 'it does not expire' : `it expires ${formatInstant(made.expiresAtMs)}`;
  say(`key ${made.id} of ${consumer}, ${made.scopes.length === 0 ? 'without scopes' : `scopes ${made.scopes.join(' ')}`}; ${until}. It is shown only now:`);
  print(made.key);
}

async function listKeys(flags: GatewayFlags & { readonly json?: boolean }): Promise<void> {
  const { keys } = await connectGateway(flags).get<{ keys: ApiKey[] }>('/api/v1/keys');
  if (flags.json === true) return printJson(keys);
  if (keys.length === 0) return say('there is no key yet; `sallyport key create --consumer ID` makes one');
  const rows = keys.map((key) => [key.id, key.consumer, key.scopes.join(','), key.createdAtMs === null ? 'policy' : formatInstant(key.createdAtMs), stateOf(key)]);
  print(renderTable(['ID', 'CONSUMER', 'SCOPES', 'CREATED', 'STATE'], rows, paintFor(process.stdout)));
}

async function revokeKey(id: string, flags: GatewayFlags): Promise<void> {
  const { revokedAtMs } = await connectGateway(flags).delete<{ revokedAtMs: number }>(`/api/v1/keys/${encodeURIComponent(id)}`);
  say(`key ${id} is revoked since ${formatInstant(revokedAtMs)}`);
}

function stateOf({ revokedAtMs, expiresAtMs }: ApiKey): string {
  if (revokedAtMs !== null) return `revoked ${formatInstant(revokedAtMs)}`;
  if (expiresAtMs === null) return 'active';
  return expiresAtMs <= Date.now() ? `expired ${formatInstant(expiresAtMs)}` : `active until ${formatInstant(expiresAtMs)}`;
}

function parseScopes(text: string): string[] {
  return text.split(/[, ]+/).filter((scope) => scope !== '');
}

async function parseExpiry(text: string): Promise<number> {
  // Loaded where it is needed only: it takes a while.
  const { parseDuration } = await import('@sallyport/policy');
  const durationMs = parseDuration(text);
  const instantMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  const expiresAtMs = durationMs === null ? instantMs : Date.now() + durationMs;
  if (!Number.isNaN(expiresAtMs)) return expiresAtMs;
  throw new CliError('usage', `--expires takes a duration like 12h or 30d, or an instant like 2027-01-31 or 2027-01-31T12:00:00Z, not ${text}`);
}
