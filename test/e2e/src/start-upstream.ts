import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendAnswer } from './send-answer.js';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly bodyBytes: number;
  readonly bodySha256: string;
  /** False when the request broke off in its body. */
  readonly complete: boolean;
}

/** A real upstream that remembers what it saw. What it answers is up to the path: see `sendAnswer`. */
export class Upstream {
  readonly seen: SeenRequest[] = [];
  /** Bytes of bodies that are still arriving, by URL. */
  readonly arriving = new Map<string, number>();
  /** Answers that have begun or are due and did not end yet. */
  pending = 0;
  /** URLs of answers whose client left before their end. */
  readonly abandoned: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Upstream> {
    const server = createServer((request, response) => {
      const { url = '' } = request;
      upstream.pending++;
      response.on('close', () => {
        upstream.pending--;
        if (!response.writableFinished) upstream.abandoned.push(url);
      });
      const early = sendAnswer(url, 'head', request, response);
      void upstream.#receive(request).then((seen) => {
        upstream.seen.push(seen);
        if (!early && seen.complete) sendAnswer(url, 'end', request, response, seen);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const upstream = new Upstream(server);
    return upstream;
  }

  #receive(request: IncomingMessage): Promise<SeenRequest> {
    const hash = createHash('sha256');
    const { method = '', url = '', headers, rawHeaders } = request;
    let bodyBytes = 0;
    request.on('data', (chunk: Buffer) => {
      bodyBytes += chunk.length;
      hash.update(chunk);
      this.arriving.set(url, bodyBytes);
    });
    request.on('error', () => {});
    return new Promise((resolve) => {
      const note = () => {
        this.arriving.delete(url);
        const { complete } = request;
        resolve({ method, url, headers, rawHeaders, bodyBytes, bodySha256: hash.digest('hex'), complete });
      };
      request.once('end', () => {
        request.off('close', note);
        note();
      });
      request.once('close', note);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
