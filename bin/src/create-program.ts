import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { registerApply } from './apply.js';
import { registerCheck } from './check.js';
import { registerDiff } from './diff.js';
import { registerEvents } from './events.js';
import { registerExplain } from './explain.js';
import { registerHistory } from './history.js';
import { registerKey } from './key.js';
import { registerRevoke } from './revoke.js';
import { registerRollback } from './rollback.js';
import { registerShow } from './show.js';
import { registerSql } from './sql.js';
import { registerStatus } from './status.js';
import { registerUp } from './up.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

const closing = `
A first round:
  $ sallyport up                                    # in one terminal
  $ sallyport key create --consumer acme            # in another
  $ sallyport events --follow

Which gateway: --admin URL and --token T, else SALLYPORT_ADMIN and SALLYPORT_TOKEN, else admin.json in --data DIR (.sallyport).
Data goes to stdout, all else to stderr. NO_COLOR turns colours off.
Exit codes: 0 done, 1 refused, 2 wrong usage, 3 gateway cannot be reached.
`;

/** The whole command line. Errors of usage are thrown as `CommanderError`. */
export function createProgram(): Command {
  const program = new Command('sallyport')
    .description('API security gateway on an event bus')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(--help shows how)')
    .addHelpText('after', closing);
  for (const register of [
    registerUp,
    registerCheck,
    registerDiff,
    registerApply,
    registerHistory,
    registerShow,
    registerRollback,
    registerKey,
    registerRevoke,
    registerEvents,
    registerSql,
    registerExplain,
    registerStatus,
  ]) {
    register(program);
  }
  return program;
}
