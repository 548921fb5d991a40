import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { runQuietly } from './run-quietly.mjs';
import { SetupError } from './run-step.mjs';

// None of our packages needs its install script.
const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** Makes node_modules what package-lock.json says, and adds this platform's binaries where the lock leaves them out. */
export async function installPackages(root, say) {
  const stale = isStale(root);
  if (stale) {
    say('installing');
    await runNpm(root, ['ci', ...flags]);
  }
  const binaries = listMissingBinaries(root, process.platform, process.arch);
  if (binaries.length > 0) {
    say(`adding ${binaries.join(' ')}`);
    await runNpm(root, ['install', '--no-save', ...flags, ...binaries]);
  }
  return stale || binaries.length > 0 ? 'installed' : 'up to date';
}

/** Whether node_modules lacks, or has in another version, anything that package-lock.json asks for. */
export function isStale(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules/.package-lock.json'));
  return Object.entries(wanted).some(([path, { version, resolved, integrity, optional }]) => {
    if (!path.includes('node_modules/')) return false;
    const found = present[path];
    if (found === undefined) return optional !== true;
    return found.version !== version || (integrity !== undefined && found.integrity !== integrity) || (version === undefined && found.resolved !== resolved);
  });
}

// A lock that was written on one platform can lack the others' optional packages; npm then leaves them out without a word.
function listMissingBinaries(root, platform, arch) {
  const lacking = new Set();
  for (const { optionalDependencies = {} } of Object.values(readPackages(join(root, 'node_modules/.package-lock.json')))) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (isBinaryFor(name, platform, arch) && !existsSync(join(root, 'node_modules', name))) lacking.add(`${name}@${version}`);
    }
  }
  return [...lacking];
}

/** Goes by the habit of naming packages of binaries `…-linux-x64-gnu`, `…-darwin-arm64` or, for x64, `…-linux-64`. */
export function isBinaryFor(name, platform, arch) {
  const words = name.split(/[-/.@]/);
  return words.includes(platform) && !words.includes('musl') && (words.includes(arch) || (arch === 'x64' && words.at(-1) === '64'));
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
