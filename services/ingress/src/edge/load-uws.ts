import { createRequire } from 'node:module';
import type { TemplatedApp, us_listen_socket } from 'uWebSockets.js';

export type Uws = typeof import('uWebSockets.js') & {
  /** The sum of the key's characters selects a setting. */
  _cfg(key: string): void;
};

const sizeVariable = 'UWS_HTTP_MAX_HEADERS_SIZE';
/** Keeps the `uWebSockets` field out of answers. */
const noMark = '999999990007';

let loaded: { readonly uws: Uws; readonly headBytes: number } | undefined;

/**
 * Loads the native module so that it keeps heads of up to `headBytes` that arrive in pieces. It reads that size only
 * when it is loaded: asking for more later is an error. Not for worker threads, whose environment it cannot see.
 */
export function loadUws(headBytes: number): Uws {
  if (loaded === undefined) {
    process.env[sizeVariable] = String(headBytes);
    const uws = createRequire(import.meta.url)('uWebSockets.js') as Uws;
    uws._cfg(noMark);
    loaded = { uws, headBytes };
  }
  if (headBytes > loaded.headBytes) {
    throw new Error(`the first listener set the size of request heads to ${loaded.headBytes} bytes; ${headBytes} are asked for now`);
  }
  return loaded.uws;
}

/** `TemplatedApp.listen` as it also is, though its typings do not say so. */
export type ListenWithFlags = (this: TemplatedApp, host: string, port: number, flags: number, done: (socket: us_listen_socket | false) => void) => void;
