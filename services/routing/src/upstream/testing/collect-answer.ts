import type { Upstreams } from '../upstream-pools.js';
import type { UpstreamControl, UpstreamFailure, UpstreamHandler, UpstreamRequest } from '../upstream-types.js';

/** What a handler heard of one request, in order. */
export interface Heard {
  status?: number;
  headers?: string[];
  contentLength?: number;
  body: Buffer;
  trailers?: string[];
  failure?: UpstreamFailure;
  /** head, data, end, error: one letter a call. */
  calls: string;
}

export interface Collecting {
  readonly control: UpstreamControl;
  readonly heard: Heard;
  /** Resolves at `onEnd` or `onError`. */
  readonly done: Promise<Heard>;
}

/** Sends a request and writes down what its handler hears. `onData` decides about pauses; by default there are none. */
export function collectAnswer(
  upstreams: Upstreams,
  request: Partial<UpstreamRequest>,
  onData: (control: UpstreamControl, chunk: Buffer) => boolean = () => true,
): Collecting {
  const heard: Heard = { body: Buffer.alloc(0), calls: '' };
  let settle: (heard: Heard) => void = () => undefined;
  const done = new Promise<Heard>((resolve) => (settle = resolve));
  const handler: UpstreamHandler = {
    onHead: (status, headers, contentLength) => {
      heard.calls += 'h';
      Object.assign(heard, { status, headers, contentLength });
    },
    onData: (chunk) => {
      heard.calls += 'd';
      heard.body = Buffer.concat([heard.body, chunk]);
      return onData(control, chunk);
    },
    onEnd: (trailers) => {
      heard.calls += 'e';
      heard.trailers = trailers;
      settle(heard);
    },
    onError: (failure) => {
      heard.calls += '!';
      heard.failure = failure;
      settle(heard);
    },
  };
  const control = upstreams.send({ upstream: 'orders', method: 'GET', path: '/', headers: [], ...request }, handler);
  return { control, heard, done };
}

/** Resolves when `holds` does; rejects after 3 s. */
export async function until(holds: () => boolean): Promise<void> {
  const startedAtMs = performance.now();
  while (!holds()) {
    if (performance.now() - startedAtMs > 3_000) throw new Error('waited 3 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
