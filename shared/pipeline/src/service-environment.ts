import { randomBytes } from 'node:crypto';

/** What a service process is told by its environment. */
export interface ServiceEnvironment {
  /** `NATS_URL`; several addresses are separated by commas. */
  readonly natsUrl: string;
  /** `SALLYPORT_CREDENTIALS_DIR`: the seeds of this service's identities and control's public key. */
  readonly credentialsDir: string;
  /** `SALLYPORT_INSTANCE`: unique in the cluster; made up when unset. */
  readonly instance: string;
  /** `SALLYPORT_PACE_MS`: least time between two messages to the same subject. */
  readonly paceMs: number;
}

/** Reads the environment. Throws with the name of the variable that is missing. */
export function readServiceEnvironment(env: NodeJS.ProcessEnv = process.env): ServiceEnvironment {
  const required = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === '') throw new Error(`${name} is not set`);
    return value;
  };
  return {
    natsUrl: required('NATS_URL'),
    credentialsDir: required('SALLYPORT_CREDENTIALS_DIR'),
    instance: env['SALLYPORT_INSTANCE'] || randomBytes(5).toString('hex'),
    paceMs: Number(env['SALLYPORT_PACE_MS'] ?? '0'),
  };
}
