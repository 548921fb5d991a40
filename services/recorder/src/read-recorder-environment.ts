import { readFileSync } from 'node:fs';

/** What the recorder is told by its environment, besides what every service is told. */
export interface RecorderEnvironment {
  /** `CLICKHOUSE_URL`. */
  readonly clickhouseUrl: string;
  /** `CLICKHOUSE_DATABASE`, by default `default`. */
  readonly database: string;
  /** What `SALLYPORT_RECORDER_PASSWORD_FILE` holds: the password of ClickHouse's user `recorder`. */
  readonly password: string;
  /** `SALLYPORT_STREAM_REPLICAS`: 3 in a cluster of brokers. */
  readonly replicas: number;
  /** `SALLYPORT_TELEMETRY_MAX_BYTES`: how much may wait for ClickHouse. */
  readonly telemetryMaxBytes: number;
  /** `SALLYPORT_EVENTS_MAX_AGE_DAYS`: how long security events can be replayed. */
  readonly eventsMaxAgeDays: number;
  /** `SALLYPORT_RETENTION_DAYS`: how long rows are kept. */
  readonly retentionDays: number;
}

/** Throws with the name of the variable that is missing. */
export function readRecorderEnvironment(env: NodeJS.ProcessEnv = process.env): RecorderEnvironment {
  const passwordFile = env['SALLYPORT_RECORDER_PASSWORD_FILE'];
  if (!passwordFile) throw new Error('SALLYPORT_RECORDER_PASSWORD_FILE is not set');
  return {
    clickhouseUrl: env['CLICKHOUSE_URL'] ?? 'http://127.0.0.1:8123',
    database: env['CLICKHOUSE_DATABASE'] ?? 'default',
    password: readFileSync(passwordFile, 'utf8').trim(),
    replicas: Number(env['SALLYPORT_STREAM_REPLICAS'] ?? '1'),
    telemetryMaxBytes: Number(env['SALLYPORT_TELEMETRY_MAX_BYTES'] ?? String(4 * 1024 ** 3)),
    eventsMaxAgeDays: Number(env['SALLYPORT_EVENTS_MAX_AGE_DAYS'] ?? '30'),
    retentionDays: Number(env['SALLYPORT_RETENTION_DAYS'] ?? '30'),
  };
}
