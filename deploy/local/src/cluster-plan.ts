import { renderNatsConfig } from '@sallyport/pipeline';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type DataDir, serviceCredentials } from './data-dir.js';
import { findNatsServer } from './find-nats-server.js';
import { commandOf, isAlive } from './lock-data-dir.js';
import type { ProcessSpec } from './supervised-process.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface Addresses {
  readonly port: number;
  readonly adminPort: number;
  readonly clickhousePort: number;
  readonly natsPort: number;
  /** Another NATS, or undefined for one of our own. */
  readonly natsUrl: string | undefined;
  readonly clickhouseUrl: string | undefined;
}

export const localHost = '127.0.0.1';

export function natsUrlOf(addresses: Addresses): string {
  return addresses.natsUrl ?? `nats://${localHost}:${addresses.natsPort}`;
}

export function clickhouseUrlOf(addresses: Addresses): string {
  return addresses.clickhouseUrl ?? `http://${localHost}:${addresses.clickhousePort}`;
}

/** Variables of our own environment that reach every process: how Node runs, what is logged and traced, our own settings. */
function passedOn(): Record<string, string> {
  const pattern = /^(PATH|HOME|TZ|LANG|LC_.*|NODE_.*|OTEL_.*|LOG_LEVEL|UWS_.*|GO[A-Z]+|SSL_CERT_.*|SALLYPORT_.*)$/;
  const ours = Object.entries(process.env).filter(([name, value]) => pattern.test(name) && value !== undefined);
  const env = Object.fromEntries(ours) as Record<string, string>;
  for (const secret of ['SALLYPORT_TOKEN', 'SALLYPORT_ADMIN', 'SALLYPORT_INSTANCE']) delete env[secret];
  return { LOG_LEVEL: 'warn', ...env };
}

/**
 * Go's runtime spends a fifth of the broker's time looking for work on cores that the other services need, and collecting
 * garbage of which it has little.
 */
const lean = { GOMAXPROCS: String(Math.max(1, availableParallelism() >> 1)), GOGC: '400' };

/** The nats-server of this machine, on the configuration made from the table of accounts. */
export function natsServer(dataDir: DataDir, addresses: Addresses): ProcessSpec {
  const config = join(dataDir.natsDir, 'nats.conf');
  const pidFile = join(dataDir.natsDir, 'nats.pid');
  killLeftover(pidFile);
  writeFileSync(
    config,
    renderNatsConfig({
      host: localHost,
      port: addresses.natsPort,
      storeDir: join(dataDir.natsDir, 'jetstream'),
      publicKeys: dataDir.publicKeys,
    }),
    { mode: 0o600 },
  );
  return {
    name: 'nats-server',
    command: findNatsServer(),
    args: ['-c', config, '-P', pidFile],
    env: { ...lean, ...passedOn() },
    ready: () => answersOn(addresses.natsPort),
    graceMs: 5_000,
  };
}

/** A nats-server that outlived its supervisor would hold the port and the store. */
function killLeftover(pidFile: string): void {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  if (pid > 0 && isAlive(pid) && commandOf(pid).includes(pidFile)) process.kill(pid, 'SIGKILL');
}

function answersOn(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: localHost }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

export type ServiceName =
  | 'warehouse'
  | 'control'
  | 'recorder'
  | 'quota'
  | 'auth'
  | 'validation'
  | 'routing'
  | 'ingress';

/** A young generation that starts at its full size: what a request leaves behind is not promoted before it dies. */
const youngGeneration = ['--min-semi-space-size=8', '--max-semi-space-size=8', '--initial-old-space-size=32'];

/** One instance of a service, with its own credentials and no others. */
export function serviceProcess(dataDir: DataDir, addresses: Addresses, service: ServiceName): ProcessSpec {
  const credentialsDir = serviceCredentials(dataDir, service);
  const inDir = (file: string) => join(credentialsDir, file);
  const own: Partial<Record<ServiceName, Record<string, string>>> = {
    ingress: { SALLYPORT_PORT: String(addresses.port) },
    control: {
      SALLYPORT_ADMIN_PORT: String(addresses.adminPort),
      SALLYPORT_ADMIN_TOKEN_FILE: inDir('admin.token'),
      CLICKHOUSE_URL: clickhouseUrlOf(addresses),
    },
    recorder: {
      CLICKHOUSE_URL: clickhouseUrlOf(addresses),
      SALLYPORT_RECORDER_PASSWORD_FILE: inDir('recorder.password'),
    },
    warehouse: {
      CLICKHOUSE_PORT: String(addresses.clickhousePort),
      SALLYPORT_DATA_DIR: dataDir.path,
      // A running statement holds a thread of libuv's pool; Node fixes its size at start.
      UV_THREADPOOL_SIZE: '9',
      SALLYPORT_RECORDER_PASSWORD_FILE: inDir('recorder.password'),
    },
  };
  return {
    name: service,
    command: process.execPath,
    args: [...youngGeneration, join(root, 'services', service, 'dist', 'main.js')],
    env: {
      ...passedOn(),
      NATS_URL: natsUrlOf(addresses),
      SALLYPORT_CREDENTIALS_DIR: credentialsDir,
      ...own[service],
    },
    ready: 'ipc',
    graceMs: service === 'ingress' ? 15_000 : 8_000,
  };
}

/** The upstream and the identity provider of the example. */
export function demoProcesses(dataDir: DataDir): ProcessSpec[] {
  return ['orders', 'identity-provider'].map((name) => ({
    name,
    command: process.execPath,
    args: [join(root, 'deploy', 'orders', 'dist', `${name}.js`)],
    env: { ...passedOn(), SALLYPORT_DATA_DIR: dataDir.path },
    ready: () => answersOn(name === 'orders' ? 7001 : 7002),
    graceMs: 2_000,
  }));
}
