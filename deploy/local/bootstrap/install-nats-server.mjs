import { accessSync, constants, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { runQuietly } from './run-quietly.mjs';
import { SetupError } from './run-step.mjs';

// Debian keeps daemons where only root's PATH looks; brew may not be on the PATH yet.
const furtherDirectories = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin', '/home/linuxbrew/.linuxbrew/bin'];
const leastVersion = [2, 9];

const howTo = `nats-server is missing, and could not be installed from here. Install it, then try again:
  Debian, Ubuntu   sudo apt-get install nats-server
  macOS            brew install nats-server
  elsewhere        put nats-server 2.9 or later (https://nats.io/download) on the PATH
or set NATS_URL to a server of your own.`;

/** The path of a nats-server of at least 2.9: the one on the PATH, our own copy, or one that apt or brew has just brought. */
export async function installNatsServer(root, say) {
  const tools = join(root, '.sallyport/tools');
  const named = process.env.SALLYPORT_NATS_SERVER;
  if (named) return checkVersion(named);

  const find = () => findProgram('nats-server', [tools]);
  const path = find() ?? (await installWithApt(tools, say, find)) ?? (await installWithBrew(say, find));
  if (path === undefined) throw new SetupError(howTo);
  return checkVersion(path);
}

async function installWithApt(tools, say, find) {
  const apt = findProgram('apt-get');
  if (apt === undefined) return undefined;
  const asRoot = await findWayToRoot();
  if (asRoot === undefined) return copyFromPackage(apt, tools, say);

  const run = (...command) => {
    const [program, ...args] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command];
    return runQuietly(program, args);
  };
  const install = () => run(apt, 'install', '-qq', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=60', 'nats-server');
  say('installing with apt-get');
  if ((await install()).code !== 0) {
    say('apt-get update');
    await run(apt, 'update', '-qq');
    say('installing with apt-get');
    if ((await install()).code !== 0) return undefined;
  }
  // Debian starts a server of its own on port 4222, where ours is to listen.
  if (existsSync('/run/systemd/system')) await run('systemctl', 'disable', '--now', 'nats-server');
  return find();
}

/** What to put before a command so that it runs as root without asking; undefined where that cannot be had. */
async function findWayToRoot() {
  if (process.getuid?.() === 0) return [];
  const sudo = findProgram('sudo');
  if (sudo === undefined || (await runQuietly(sudo, ['-n', 'true'])).code !== 0) return undefined;
  return [sudo, '-n'];
}

// Anybody may fetch a package and unpack it; only installing it takes root.
async function copyFromPackage(apt, tools, say) {
  say('fetching a copy with apt-get');
  let scratch;
  try {
    mkdirSync(tools, { recursive: true, mode: 0o700 });
    scratch = mkdtempSync(join(tools, 'package-'));
    await runQuietly(apt, ['download', '-qq', 'nats-server'], { cwd: scratch });
    const archive = readdirSync(scratch).find((name) => name.endsWith('.deb'));
    if (archive === undefined) return undefined;
    await runQuietly('dpkg-deb', ['-x', archive, 'unpacked'], { cwd: scratch });
    const path = join(tools, 'nats-server');
    copyFileSync(join(scratch, 'unpacked/usr/sbin/nats-server'), path);
    return path;
  } catch {
    return undefined;
  } finally {
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  }
}

async function installWithBrew(say, find) {
  const brew = findProgram('brew');
  if (brew === undefined) return undefined;
  say('installing with brew');
  const { code } = await runQuietly(brew, ['install', '--quiet', 'nats-server'], { env: { ...process.env, HOMEBREW_NO_AUTO_UPDATE: '1', HOMEBREW_NO_ANALYTICS: '1' } });
  return code === 0 ? find() : undefined;
}

async function checkVersion(path) {
  const { code, output } = await runQuietly(path, ['--version']);
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(output)?.map(Number) ?? [];
  if (code !== 0 || major === undefined) throw new SetupError(`${path} does not run: ${output.trim()}`);
  if (major < leastVersion[0] || (major === leastVersion[0] && minor < leastVersion[1])) {
    throw new SetupError(`${path} is version ${major}.${minor}; ${leastVersion.join('.')} or later is needed.\n${howTo}`);
  }
  return path;
}

function findProgram(name, directories = []) {
  for (const directory of [...(process.env.PATH ?? '').split(delimiter), ...furtherDirectories, ...directories]) {
    const path = join(directory, name);
    try {
      if (directory === '') continue;
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not here
    }
  }
  return undefined;
}
