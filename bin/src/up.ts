import { type Command, InvalidArgumentError } from 'commander';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

interface UpFlags {
  readonly config?: string;
  readonly data: string;
  readonly port: number;
  readonly adminPort: number;
  readonly clickhousePort: number;
  readonly natsPort: number;
  readonly demo?: boolean;
}

const examplePolicy = fileURLToPath(new URL('../../deploy/local/sallyport.yaml', import.meta.url));

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) throw new InvalidArgumentError('a port is a number from 1 to 65535');
  return value;
}

/** `sallyport up`: everything on this machine, until Ctrl-C. */
export function registerUp(program: Command): void {
  program
    .command('up')
    .summary('start a whole gateway on this machine')
    .description('start a whole gateway on this machine; Ctrl-C drains and stops it')
    .option('-c, --config <file>', 'policy file to apply; without it the revision in force goes on')
    .option('--data <dir>', 'where keys, streams and tables are kept', '.sallyport')
    .option('--port <n>', 'port of the gateway', port, 8080)
    .option('--admin-port <n>', 'port of the admin API', port, 8081)
    .option('--clickhouse-port <n>', 'port of the SQL interface', port, 8123)
    .option('--nats-port <n>', 'port of NATS', port, 4222)
    .option('--demo', 'also start the example upstream and identity provider, and say what to try')
    .action(up);
}

async function up(flags: UpFlags): Promise<void> {
  // Loaded where it is needed only: the other commands do without NATS.
  const { Gateway, UpError } = await import('@sallyport/local');
  const dataDir = resolve(flags.data);
  // The very first start needs a policy; the example is one.
  const config = flags.config ?? (existsSync(join(dataDir, 'nats')) ? undefined : examplePolicy);
  const gateway = new Gateway({
    config,
    dataDir,
    port: flags.port,
    adminPort: flags.adminPort,
    clickhousePort: flags.clickhousePort,
    natsPort: flags.natsPort,
    natsUrl: process.env['NATS_URL'] || undefined,
    clickhouseUrl: process.env['CLICKHOUSE_URL'] || undefined,
    demo: flags.demo ?? false,
    progress: (line) => process.stderr.write(line + '\n'),
    output: (line) => process.stdout.write(line + '\n'),
  });
  let asked = false;
  const stop = () => {
    if (asked) gateway.kill();
    asked = true;
    process.stderr.write('stopping; requests in flight are finished first\n');
    void gateway.stop().then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    await gateway.start();
  } catch (error) {
    await gateway.stop();
    process.stderr.write(`sallyport: ${error instanceof UpError ? error.message : String((error as Error).stack)}\n`);
    process.exit(1);
  }
}
