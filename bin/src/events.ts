import type { CloudEvent } from '@sallyport/events';
import { type Command, InvalidArgumentError } from 'commander';
import type { GatewayFlags } from './gateway/find-gateway.js';
import { connectGateway, withGateway } from './gateway/gateway-options.js';
import { examples } from './output/examples.js';
import { paintFor } from './output/paint.js';
import { say } from './output/print.js';
import { renderEvent } from './output/render-event.js';
import { readBody, writeOut } from './output/write-out.js';

interface EventFlags extends GatewayFlags {
  readonly type?: string;
  readonly since?: string;
  readonly follow?: boolean;
  readonly limit?: number;
  readonly json?: boolean;
}

/** `sallyport events`. */
export function registerEvents(program: Command): void {
  withGateway(
    program
      .command('events')
      .summary('print security events')
      .description('print security events: denials, and what was done to the gateway')
      .option('--type <pattern>', "only these: 'auth.>', '*.scope_missing', 'quota.rate_exceeded'")
      .option('--since <when>', 'from 10m ago, or from 2026-01-31T12:00:00Z on (default: the last hour; with --follow: from now on)')
      .option('--follow', 'go on with new ones until Ctrl-C')
      .option('--limit <n>', 'end after so many', parseLimit)
      .option('--json', 'print each as one line of JSON: CloudEvents 1.0 around OCSF'),
  )
    .addHelpText('after', examples("sallyport events --type 'auth.>' --since 10m", 'sallyport events --follow', "sallyport events --follow --json | jq -r '.type'"))
    .action(events);
}

async function events(flags: EventFlags): Promise<void> {
  const { type, since, follow, limit, json } = flags;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ type, since, follow, limit })) if (value !== undefined) query.set(name, String(value));
  const response = await connectGateway(flags).open('GET', `/api/v1/events?${query}`);
  if (follow === true) say('following; Ctrl-C ends');
  const paint = paintFor(process.stdout);
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of readBody(response)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) await writeOut((json === true ? line : renderEvent(JSON.parse(line) as CloudEvent, paint)) + '\n');
  }
}

function parseLimit(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a number from 1 on.');
  return Number(text);
}
