import type { PolicyDocument } from '@sallyport/policy';
import type { Command } from 'commander';
import { exitCodes } from './cli-error.js';
import { examples } from './output/examples.js';
import { print, printJson, say } from './output/print.js';

/** `sallyport check FILE`. What is wrong is the data: on standard output, so that editors and CI can read it. */
export function registerCheck(program: Command): void {
  program
    .command('check')
    .argument('<file>', 'policy file')
    .summary('check a policy file')
    .description('check a policy file and all that it refers to; each problem is a line file:line:col: message on stdout')
    .option('--json', 'print the problems as JSON')
    .addHelpText('after', examples('sallyport check sallyport.yaml', 'sallyport check --json sallyport.yaml | jq .'))
    .action(check);
}

async function check(file: string, { json }: { readonly json?: boolean }): Promise<void> {
  const { checkPolicy, formatProblem } = await import('./policy/check-policy.js');
  const checked = await checkPolicy(file);
  if (checked.ok) {
    if (json === true) printJson([]);
    for (const warning of checked.warnings) say(formatProblem(warning));
    say(`${file}: ${describe(checked.document)}`);
    return;
  }
  const { problems } = checked;
  if (json === true) printJson(problems);
  else for (const problem of problems) print(formatProblem(problem));
  say(`${file}: ${problems.length === 1 ? 'one problem' : `${problems.length} problems`}`);
  process.exitCode = exitCodes.refused;
}

function describe({ routes, consumers, upstreams }: PolicyDocument): string {
  const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
  const counts = [count(routes.length, 'route'), count(Object.keys(consumers).length, 'consumer'), count(Object.keys(upstreams).length, 'upstream')];
  return `good: ${counts.join(', ')}`;
}
