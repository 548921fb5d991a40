/** What the ingress process is told by its environment, besides what every service is told. */
export interface IngressEnvironment {
  /** `SALLYPORT_HOST`, by default all addresses. */
  readonly host: string;
  /** `SALLYPORT_PORT`. */
  readonly port: number;
  readonly limits: {
    readonly headerCount: number;
    readonly headerBytes: number;
    readonly targetBytes: number;
    /** `SALLYPORT_MAX_IN_FLIGHT`: beyond, requests are answered with 503 at once. */
    readonly inFlight: number;
  };
  /** `SALLYPORT_TRACE_RATIO`: share of requests without a caller's trace that are traced. */
  readonly sampleRatio: number;
  /** How long requests in flight may take to finish when the process is asked to stop. */
  readonly drainMs: number;
}

export function readIngressEnvironment(env: NodeJS.ProcessEnv = process.env): IngressEnvironment {
  return {
    host: env['SALLYPORT_HOST'] ?? '0.0.0.0',
    port: number(env, 'SALLYPORT_PORT', 8080),
    limits: {
      headerCount: number(env, 'SALLYPORT_MAX_HEADER_COUNT', 96),
      headerBytes: number(env, 'SALLYPORT_MAX_HEADER_BYTES', 16 * 1024),
      targetBytes: number(env, 'SALLYPORT_MAX_TARGET_BYTES', 8 * 1024),
      inFlight: number(env, 'SALLYPORT_MAX_IN_FLIGHT', 10_000),
    },
    sampleRatio: number(env, 'SALLYPORT_TRACE_RATIO', 0),
    drainMs: number(env, 'SALLYPORT_DRAIN_MS', 10_000),
  };
}

/** Throws with the name of the variable when it is no number. */
function number(env: NodeJS.ProcessEnv, name: string, byDefault: number): number {
  const text = env[name];
  if (text === undefined || text === '') return byDefault;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name} is not a number: ${text}`);
  return value;
}
