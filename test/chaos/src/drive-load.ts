import { Agent, request } from 'node:http';

/** One answer that a client got; status 0 where the connection broke. */
export interface Answer {
  readonly path: string;
  readonly status: number;
  readonly requestId: string;
  readonly sentAtMs: number;
  readonly tookMs: number;
}

export interface Load {
  readonly answers: readonly Answer[];
  /** Lets the clients finish what they have sent. */
  stop(): Promise<void>;
}

/** A bounded load from this machine: `clients` of them, each with one request at a time and a pause after it. */
export function driveLoad(url: string, paths: readonly string[], clients: number, pauseMs: number, headers: Record<string, string>): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const answers: Answer[] = [];
  let running = true;
  let next = 0;
  const one = (path: string) =>
    new Promise<void>((resolve) => {
      const sentAtMs = Date.now();
      const note = (status: number, requestId: string) => {
        answers.push({ path, status, requestId, sentAtMs, tookMs: Date.now() - sentAtMs });
        resolve();
      };
      const call = request(url + path, { agent, headers }, (response) => {
        response.resume();
        response.on('end', () => note(response.statusCode!, response.headers['x-request-id'] as string));
        response.on('error', () => note(0, ''));
      });
      call.on('error', () => note(0, ''));
      call.end();
    });
  const client = async () => {
    while (running) {
      await one(paths[next++ % paths.length]!);
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
