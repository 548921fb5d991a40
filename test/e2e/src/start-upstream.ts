import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly bodyBytes: number;
  readonly bodySha256: string;
  readonly complete: boolean;
}

/**
 * A real upstream that remembers what it saw. `/slow` never answers, `/reset` breaks off, `/bytes/N` sends N bytes of 7, all
 * else answers what it saw as JSON.
 */
export class Upstream {
  readonly seen: SeenRequest[] = [];
  /** Requests that wait at `/slow`. */
  pending = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Upstream> {
    const server = createServer((request, response) => {
      const hash = createHash('sha256');
      let bodyBytes = 0;
      const note = (complete: boolean) => {
        const { method = '', url = '', headers, rawHeaders } = request;
        const seen = { method, url, headers, rawHeaders, bodyBytes, bodySha256: hash.digest('hex'), complete };
        upstream.seen.push(seen);
        return seen;
      };
      request.on('data', (chunk: Buffer) => {
        bodyBytes += chunk.length;
        hash.update(chunk);
      });
      request.on('error', () => {});
      request.on('close', () => {
        if (!request.complete) note(false);
      });
      request.on('end', () => {
        const seen = note(true);
        const [, kind, count] = (request.url ?? '').split('?')[0]!.split('/');
        if (kind === 'slow') {
          upstream.pending++;
          response.on('close', () => upstream.pending--);
          return;
        }
        if (kind === 'reset') return void request.socket.destroy();
        response.setHeader('server', 'secret/1.0');
        response.setHeader('x-powered-by', 'secret');
        if (kind === 'bytes') return sendBytes(response, Number(count));
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(seen));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const upstream = new Upstream(server);
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const block = Buffer.alloc(64 * 1024, 7);

function sendBytes(response: import('node:http').ServerResponse, count: number): void {
  let left = count;
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': count });
  const go = (): void => {
    while (left > 0) {
      const chunk = left >= block.length ? block : block.subarray(0, left);
      left -= chunk.length;
      if (!response.write(chunk)) return void response.once('drain', go);
    }
    response.end();
  };
  go();
}
