import { join } from 'node:path';

import { runQuietly } from './run-quietly.mjs';
import { SetupError } from './run-step.mjs';

/** Builds the packages whose sources have changed since they were last built. */
export async function buildPackages(root, say) {
  say('compiling');
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', TURBO_NO_UPDATE_NOTIFIER: '1' };
  // Turbo's own entry point is run by this very Node, whatever the PATH says.
  const turbo = join(root, 'node_modules/turbo/bin/turbo');
  const { code, output } = await runQuietly(process.execPath, [turbo, 'run', 'build', '--output-logs=errors-only', '--ui=stream', '--cache=local:rw'], { cwd: root, env });
  if (code !== 0) throw new SetupError(`The build failed:\n${pickErrors(output)}`);
  return /Cached:\s+(\d+) cached, \1 total/.test(output) ? 'up to date' : 'done';
}

// What the compiler says, with the package in front; not what npm and turbo say about its exit code.
function pickErrors(output) {
  const said = output.split('\n').filter((line) => / *\S+:build: \S/.test(line) && !/:build: (>|npm (error|warn)|cache (miss|hit)|ERROR)/.test(line));
  return said.length > 0 ? said.join('\n') : output.trim();
}
