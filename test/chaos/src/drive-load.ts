import { Agent, request } from 'node:http';
import type { Kind } from './kinds.js';

/** One answer that a client got; status 0 where the connection broke, `hung` where the client has given up. */
export interface Answer {
  readonly kind: Kind;
  readonly status: number;
  readonly requestId: string;
  readonly sentAtMs: number;
  readonly tookMs: number;
  readonly hung: boolean;
}

export interface LoadOptions {
  readonly url: string;
  readonly key: string;
  /** Taken in turn by all clients together. */
  readonly kinds: readonly Kind[];
  /** Each has one request at a time on a connection of its own, and pauses after its answer. */
  readonly clients: number;
  readonly pauseMs: number;
}

export interface Load {
  readonly answers: readonly Answer[];
  /** Lets the clients finish what they have sent. */
  stop(): Promise<void>;
}

/** No deadline here is nearly as long: whoever waits for so long was forgotten. */
const givenUpMs = 12_000;

export function driveLoad({ url, key, kinds, clients, pauseMs }: LoadOptions): Load {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const answers: Answer[] = [];
  let running = true;
  let next = 0;
  const one = (kind: Kind) =>
    new Promise<void>((resolve) => {
      const sentAtMs = Date.now();
      let hung = false;
      const note = (status: number, requestId: string) => {
        answers.push({ kind, status, requestId, sentAtMs, tookMs: Date.now() - sentAtMs, hung });
        resolve();
      };
      const headers = kind.keyed ? { 'x-api-key': key } : {};
      const call = request({ hostname, port, path: kind.path, agent, headers, timeout: givenUpMs }, (response) => {
        const { statusCode = 0, headers: fields } = response;
        response.resume();
        response.on('end', () => note(statusCode, String(fields['x-request-id'] ?? '')));
        response.on('error', () => note(0, ''));
      });
      call.on('timeout', () => {
        hung = true;
        call.destroy(new Error('given up'));
      });
      call.on('error', () => note(0, ''));
      call.end();
    });
  const client = async () => {
    while (running) {
      await one(kinds[next++ % kinds.length]!);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  const done = Promise.all(Array.from({ length: clients }, client));
  return {
    answers,
    stop: async () => {
      running = false;
      await done;
      agent.destroy();
    },
  };
}
