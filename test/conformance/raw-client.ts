import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A connection on which bytes are put as they are; strings are one char a byte. */
export class RawClient {
  readonly #socket: Socket;
  #received = '';
  #ended = false;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      this.#received += bytes.toString('latin1');
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new RawClient(socket);
  }

  get received(): string {
    return this.#received;
  }

  /** The server has closed the connection. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Statuses of the final answers so far. */
  get statuses(): number[] {
    return [...this.#received.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map((match) => Number(match[1]));
  }

  /** Sends each piece in a segment of its own. */
  async send(...pieces: readonly string[]): Promise<void> {
    for (const [i, piece] of pieces.entries()) {
      if (i > 0) await wait(5);
      if (!this.#ended) this.#socket.write(Buffer.from(piece, 'latin1'));
    }
  }

  /** Whether the condition came true within the time. */
  async until(condition: (client: RawClient) => boolean, timeoutMs: number): Promise<boolean> {
    const giveUp = AbortSignal.timeout(timeoutMs);
    while (!condition(this)) {
      if (giveUp.aborted) return false;
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
        giveUp.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return true;
  }

  close(): void {
    this.#socket.destroy();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
