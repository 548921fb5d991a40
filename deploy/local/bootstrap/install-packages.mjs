import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { runQuietly } from './run-quietly.mjs';
import { SetupError } from './run-step.mjs';

// None of our packages needs its install script.
const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** Makes node_modules what package-lock.json says, unless it is already. */
export async function installPackages(root, say) {
  if (!isStale(root)) return 'up to date';
  say('installing');
  await runNpm(root, ['ci', ...flags]);
  return 'installed';
}

/** Whether node_modules lacks, or has in another version, anything that package-lock.json asks for. */
export function isStale(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules/.package-lock.json'));
  return Object.entries(wanted).some(([path, entry]) => {
    if (!path.includes('node_modules/')) return false;
    const found = present[path];
    if (found !== undefined) return ['version', 'integrity', 'link'].some((field) => found[field] !== entry[field]);
    // Left out on purpose: other platforms' binaries, and links to workspaces that are not there.
    return entry.optional !== true && !(entry.link === true && !existsSync(join(root, entry.resolved)));
  });
}

async function runNpm(root, args) {
  // Whoever runs us knows where npm is; else it is on the PATH.
  const cli = process.env.npm_execpath;
  const [command, ...before] = cli !== undefined && basename(cli) === 'npm-cli.js' ? [process.execPath, cli] : ['npm'];
  const { code, output } = await runQuietly(command, [...before, ...args], { cwd: root });
  if (code === 127) throw new SetupError('npm was not found. It comes with Node; with Debian\'s Node, `apt-get install npm`.');
  if (code !== 0) throw new SetupError(`npm ${args[0]} failed (exit code ${code}):\n${output.trim()}`);
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return {};
  }
}
