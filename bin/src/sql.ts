import type { Command } from 'commander';
import { text } from 'node:stream/consumers';
import type { GatewayFlags } from './gateway/find-gateway.js';
import { connectGateway, withGateway } from './gateway/gateway-options.js';
import { examples } from './output/examples.js';
import { printable } from './output/printable.js';
import { readBody, writeOut } from './output/write-out.js';

/** `sallyport sql 'SELECT …'`. */
export function registerSql(program: Command): void {
  withGateway(
    program
      .command('sql')
      .argument('<statement>', 'a statement that reads; - takes it from standard input')
      .summary('run a statement on ClickHouse, read-only')
      .description('run a statement on ClickHouse, read-only; tables: requests, security_events, policy_revisions, and views kpi_*')
      .option('--format <name>', "one of ClickHouse's formats (default: PrettyCompact on a terminal, else TabSeparatedWithNames)"),
  )
    .addHelpText(
      'after',
      examples(
        `sallyport sql "SELECT reason, count() FROM requests WHERE decision = 'deny' GROUP BY reason"`,
        "sallyport sql 'SELECT * FROM requests ORDER BY ts DESC LIMIT 10' --format JSONEachRow",
        "sallyport sql 'DESCRIBE requests'",
      ),
    )
    .action(sql);
}

async function sql(statement: string, flags: GatewayFlags & { readonly format?: string }): Promise<void> {
  const onTerminal = process.stdout.isTTY;
  const format = flags.format ?? (onTerminal ? 'PrettyCompact' : 'TabSeparatedWithNames');
  const query = statement === '-' ? await text(process.stdin) : statement;
  const response = await connectGateway(flags).open('POST', '/api/v1/sql', { query, format });
  const decoder = new TextDecoder();
  for await (const chunk of readBody(response)) await writeOut(onTerminal ? printable(decoder.decode(chunk, { stream: true })) : chunk);
}
