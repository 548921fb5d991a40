import { type Command, InvalidArgumentError } from 'commander';
import type { Explanation } from './explain/explanation.js';
import { renderExplanation } from './explain/render-explanation.js';
import { type AdminClient, RefusedError } from './gateway/admin-client.js';
import type { GatewayFlags } from './gateway/find-gateway.js';
import { connectGateway, withGateway } from './gateway/gateway-options.js';
import { examples } from './output/examples.js';
import { paintFor } from './output/paint.js';
import { print, printJson } from './output/print.js';

/** A row comes shortly after its answer, so that one may ask about a request as soon as it is answered. */
const rowWithinMs = 3_000;
const retryMs = 250;

/** `sallyport explain REQUEST_ID`. */
export function registerExplain(program: Command): void {
  withGateway(
    program
      .command('explain')
      .argument('<request-id>', 'value of x-request-id in the answer', parseRequestId)
      .summary('tell what happened to a request and why')
      .description('tell what happened to one request and why: each stage, its verdict, its time, and the policy it was judged by')
      .option('--json', 'print it as JSON'),
  )
    .addHelpText('after', examples('sallyport explain 0190f5a2-6b1c-7d3e-8f90-a1b2c3d4e5f6'))
    .action(explain);
}

async function explain(id: string, flags: GatewayFlags & { readonly json?: boolean }): Promise<void> {
  const explanation = await getExplanation(connectGateway(flags), id);
  if (flags.json === true) printJson(explanation);
  else print(renderExplanation(explanation, paintFor(process.stdout)));
}

async function getExplanation(admin: AdminClient, id: string): Promise<Explanation> {
  const untilMs = Date.now() + rowWithinMs;
  for (;;) {
    try {
      return await admin.get<Explanation>(`/api/v1/requests/${id}`);
    } catch (error) {
      if (!(error instanceof RefusedError && error.status === 404) || Date.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}

function parseRequestId(text: string): string {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw new InvalidArgumentError('A request id is a UUID: the value of x-request-id in the answer.');
  return text.toLowerCase();
}
