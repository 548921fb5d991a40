import type { Socket } from 'node:net';

const continueStart = Buffer.from('HTTP/1.1 100', 'latin1');
const headEnd = Buffer.from('\r\n\r\n', 'latin1');
const longestInterimBytes = 8 * 1024;

/**
 * Stands between a socket and undici's parser, which pulls with `socket.read()`, and makes up for two faults of undici 7:
 * a parser paused by its handler throws out of reach, ending the process, when the peer then closes
 * (nodejs/undici#5360, mended in 8 alone), so it is never paused: the socket is held back instead; and `100 Continue` that
 * nobody asked for, which RFC 9110 §15.2 obliges a client to skip, fails the request, so it is cut out.
 */
export class ReadGate {
  readonly #socket: Socket;
  readonly #read: (size?: number) => Buffer | null;
  #held = false;
  #awaitsHead = false;
  #interim: Buffer | undefined;
  #tracksChunk = false;
  #chunk: Buffer | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#read = socket.read.bind(socket) as (size?: number) => Buffer | null;
    socket.read = (size?: number) => this.#pull(size);
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** To be called before a request is written: an answer's head comes next. */
  expectHead(): void {
    this.#awaitsHead = true;
    this.#interim = undefined;
    this.#tracksChunk = true;
  }

  /** The chunk in which the head ended that undici has just parsed; of the first head since `expectHead`. */
  takeHeadChunk(): Buffer | undefined {
    const chunk = this.#chunk;
    this.#chunk = undefined;
    this.#tracksChunk = false;
    return chunk;
  }

  hold(): void {
    this.#held = true;
  }

  /** Lets the parser go on, in a later microtask: undici must not be entered from within one of its callbacks. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    queueMicrotask(() => {
      if (!this.#held && !this.#socket.destroyed) this.#socket.emit('readable');
    });
  }

  #pull(size: number | undefined): Buffer | null {
    // Node itself calls read(0) to fill the buffer; that is bounded by the buffer's size.
    if (size === 0) return this.#read(0);
    if (this.#held) return null;
    let chunk = this.#read(size);
    if (chunk !== null && this.#awaitsHead) chunk = this.#cutInterim(chunk);
    if (chunk !== null && this.#tracksChunk) this.#chunk = chunk;
    return chunk;
  }

  #cutInterim(chunk: Buffer): Buffer | null {
    let rest = this.#interim === undefined ? chunk : Buffer.concat([this.#interim, chunk]);
    this.#interim = undefined;
    while (startsLikeContinue(rest)) {
      const end = rest.indexOf(headEnd);
      if (end === -1) {
        if (rest.length > longestInterimBytes) break;
        this.#interim = rest;
        return null;
      }
      rest = rest.subarray(end + headEnd.length);
      if (rest.length === 0) return null;
    }
    this.#awaitsHead = false;
    return rest;
  }
}

function startsLikeContinue(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, continueStart.length);
  for (let i = 0; i < length; i++) if (bytes[i] !== continueStart[i]) return false;
  return true;
}
