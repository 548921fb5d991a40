import { readFileSync } from 'node:fs';

/** What control is told by its environment, besides what every service is told. */
export interface ControlEnvironment {
  /** `SALLYPORT_ADMIN_HOST`, by default loopback only. */
  readonly adminHost: string;
  /** `SALLYPORT_ADMIN_PORT`. */
  readonly adminPort: number;
  /** What `SALLYPORT_ADMIN_TOKEN_FILE` holds. */
  readonly adminToken: string;
  /** `CLICKHOUSE_URL`. */
  readonly clickhouseUrl: string;
  /** `CLICKHOUSE_DATABASE`, by default `default`. */
  readonly database: string;
  /** `SALLYPORT_STREAM_REPLICAS`: 3 in a cluster of brokers. */
  readonly replicas: number;
}

/** Throws with the name of the variable that is missing or wrong. */
export function readControlEnvironment(env: NodeJS.ProcessEnv = process.env): ControlEnvironment {
  const tokenFile = env['SALLYPORT_ADMIN_TOKEN_FILE'];
  if (!tokenFile) throw new Error('SALLYPORT_ADMIN_TOKEN_FILE is not set');
  const adminToken = readFileSync(tokenFile, 'utf8').trim();
  if (adminToken.length < 16) throw new Error(`the admin token in ${tokenFile} is shorter than 16 characters`);
  return {
    adminHost: env['SALLYPORT_ADMIN_HOST'] ?? '127.0.0.1',
    adminPort: Number(env['SALLYPORT_ADMIN_PORT'] ?? '8081'),
    adminToken,
    clickhouseUrl: env['CLICKHOUSE_URL'] ?? 'http://127.0.0.1:8123',
    database: env['CLICKHOUSE_DATABASE'] ?? 'default',
    replicas: Number(env['SALLYPORT_STREAM_REPLICAS'] ?? '1'),
  };
}
