import type { Command } from 'commander';
import type { GatewayFlags } from './gateway/find-gateway.js';
import { connectGateway, withGateway } from './gateway/gateway-options.js';
import { examples } from './output/examples.js';
import { formatAge } from './output/format-time.js';
import { paintFor } from './output/paint.js';
import { print, printJson } from './output/print.js';
import { printableLine } from './output/printable.js';
import { renderTable } from './output/render-table.js';

interface Instance {
  readonly service: string;
  readonly instance: string;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly revision: number;
  readonly controlSequence: number;
  readonly failure: string;
}

interface Status {
  readonly revision: number;
  readonly ready: boolean;
  readonly problems: readonly string[];
  readonly instances: readonly Instance[];
  readonly recording: { readonly warehouseUp: boolean; readonly lagSeconds: number | null; readonly waitingBytes: number; readonly waitingEvents: number };
}

/** Services that judge requests, and so serve a revision. */
const stages: ReadonlySet<string> = new Set(['ingress', 'auth', 'quota', 'validation', 'routing']);

/** `sallyport status`. */
export function registerStatus(program: Command): void {
  withGateway(program.command('status').summary('show services, instances, revision and lag').description('show services, instances, the revision each serves, and what lags').option('--json', 'print it as JSON'))
    .addHelpText('after', examples('sallyport status', "sallyport status --json | jq -e .ready"))
    .action(status);
}

async function status(flags: GatewayFlags & { readonly json?: boolean }): Promise<void> {
  const found = await connectGateway(flags).get<Status>('/api/v1/status');
  if (flags.json === true) return printJson(found);
  const paint = paintFor(process.stdout);
  const { revision, ready, problems, instances, recording } = found;
  print(`${revision === 0 ? 'no policy yet' : `revision ${revision}`}, ${ready ? paint('green', 'ready') : paint('red', 'not ready')}`);
  for (const problem of problems) print(`  ${printableLine(problem)}`);
  const rows = instances.map((instance) => [
    instance.service,
    instance.instance,
    String(instance.pid),
    formatAge(Date.now() - instance.startedAtMs),
    stages.has(instance.service) ? String(instance.revision) : '-',
    stateOf(instance, revision),
  ]);
  print('\n' + renderTable(['SERVICE', 'INSTANCE', 'PID', 'UP', 'REVISION', 'STATE'], rows, paint));
  const { warehouseUp, lagSeconds, waitingBytes, waitingEvents } = recording;
  const lag = lagSeconds === null ? 'no live recorder' : `${lagSeconds.toFixed(1)} s from answer to row`;
  print(`\nrecording: ${lag}, ${waitingBytes} bytes and ${waitingEvents} events wait for JetStream; ${warehouseUp ? 'ClickHouse answers' : paint('red', 'ClickHouse does not answer')}`);
}

function stateOf({ service, revision, failure }: Instance, newest: number): string {
  if (failure !== '') return failure;
  return stages.has(service) && revision < newest ? `${newest - revision} behind` : 'ok';
}
