import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildPackages } from './build-packages.mjs';
import { checkPlatform } from './check-platform.mjs';
import { installNatsServer } from './install-nats-server.mjs';
import { installPackages } from './install-packages.mjs';
import { endRunning } from './run-quietly.mjs';
import { runStep, SetupError } from './run-step.mjs';
import { runToEnd } from './run-to-end.mjs';

const parentCheckMs = 500;
const root = fileURLToPath(new URL('../../..', import.meta.url));

// What each mode hands over to, once everything it needs is there.
const commands = {
  setup: undefined,
  start: () => [join(root, 'bin/sallyport'), 'up', '-c', join(root, 'deploy/local/sallyport.yaml'), '--demo'],
  test: () => [join(root, 'node_modules/vitest/vitest.mjs'), 'run'],
  bench: () => [join(root, 'test/bench/dist/main.js')],
};

/** Sets the checkout up and runs the mode's program with `args`; ends the process with its exit code (1: set-up failed, 2: usage). */
export async function runMode(mode, args) {
  if (!Object.hasOwn(commands, mode ?? '')) {
    console.error(`usage: node deploy/local/bootstrap.mjs ${Object.keys(commands).join('|')} [arguments]`);
    process.exit(2);
  }
  stopWithNpm();
  try {
    const natsServer = await setUp(mode);
    const command = commands[mode]?.();
    // Not process.exit: what is still on its way to stderr would be cut off.
    process.exitCode = command === undefined ? 0 : await runToEnd(process.execPath, [...command, ...args], root, childEnvironment(natsServer));
  } catch (error) {
    console.error(error instanceof SetupError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

async function setUp(mode) {
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    checkPlatform();
    return await provide(mode);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

// When npm is killed outright it cannot pass anything on; what it ran must not stay behind.
function stopWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, parentCheckMs).unref();
}

function interrupt(signal) {
  endRunning();
  process.stderr.write('\n');
  process.exit(128 + constants.signals[signal]);
}

async function provide(mode) {
  await runStep('npm packages', (say) => installPackages(root, say));
  let natsServer;
  if (mode === 'start' && process.env.NATS_URL) {
    await runStep('nats-server', () => 'the one that NATS_URL names');
  } else {
    await runStep('nats-server', async (say) => {
      natsServer = await installNatsServer(root, say);
      return natsServer;
    });
  }
  await runStep('build', (say) => buildPackages(root, say));
  return natsServer;
}

function childEnvironment(natsServer) {
  const path = [dirname(process.execPath), process.env.PATH ?? ''];
  if (natsServer === undefined) return { ...process.env, PATH: path.join(delimiter) };
  return { ...process.env, PATH: [...path, dirname(natsServer)].join(delimiter), SALLYPORT_NATS_SERVER: natsServer };
}
