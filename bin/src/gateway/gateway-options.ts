import { type Command, Option } from 'commander';
import { AdminClient } from './admin-client.js';
import { findGateway, type GatewayFlags } from './find-gateway.js';

/** Adds the options by which a command finds its gateway. */
export function withGateway(command: Command): Command {
  return command
    .addOption(new Option('--admin <url>', 'address of the admin API').env('SALLYPORT_ADMIN'))
    .addOption(new Option('--token <token>', 'token of the admin API').env('SALLYPORT_TOKEN'))
    .option('--data <dir>', 'data directory of the gateway, whose admin.json has both', '.sallyport');
}

/** The admin API that the flags, the environment or the data directory name, in this order. */
export function connectGateway(flags: GatewayFlags): AdminClient {
  return new AdminClient(findGateway(emptyAsMissing(flags)));
}

/** An empty variable is one that is not set. */
function emptyAsMissing({ data, admin, token }: GatewayFlags): GatewayFlags {
  return { data, ...(admin ? { admin } : {}), ...(token ? { token } : {}) };
}
