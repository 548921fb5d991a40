import type { HttpResponse } from 'uWebSockets.js';
import { httpDate } from './http-date.js';
import type { Source } from './request-body.js';
import type { ResponseHead } from './response-head.js';

const noop = (): void => {};

/** The engine drops a connection 8 to 12 s after it was last told to wait. */
const rearmMs = 3_000;

/** The engine's object for one request, with the habits that one has to know of. */
export class UwsSocket implements Source {
  readonly res: HttpResponse;
  /** The object must not be touched any more. */
  gone = false;
  /** The socket takes no more of the answer for now. */
  blocked = false;
  isAnswering = false;
  #paused = false;
  #saidContinue = false;
  #armedAtMs = 0;

  constructor(res: HttpResponse) {
    this.res = res;
  }

  /**
   * Stops or starts to read. When the engine stops reading it also stops watching for writability and for the end of
   * the connection, so it is left reading while an answer is blocked; `unblock` makes up for that.
   */
  setReading(wanted: boolean): void {
    if (this.gone || wanted !== this.#paused) return;
    if (wanted) {
      this.#paused = false;
      this.#restore();
    } else if (!this.blocked) {
      this.#paused = true;
      this.#stop();
    }
  }

  /** A write failed, upon which the engine watches, and reads, again. */
  block(): void {
    this.blocked = true;
    this.#paused = false;
  }

  /** Asks for another 8 to 12 s: the engine would drop uploads under 16 KB/s and downloads that stall for a moment. */
  keepWaiting(nowMs: number): void {
    if (this.#paused) {
      // A pause stops its clock, but a pause in the request callback comes before it is started.
      this.#stop();
    } else if (nowMs - this.#armedAtMs >= rearmMs) {
      this.#armedAtMs = nowMs;
      this.#restore();
    }
  }

  /** Sends what the engine may have kept. With a handler for writability it does not do so by itself. */
  drain(): void {
    this.res.cork(noop);
  }

  /** In the request callback only, before anything else is written. */
  sayContinue(): void {
    this.#saidContinue = true;
    this.res.writeStatus('100 Continue\r\n');
  }

  /** Corked only. Writes status and fields, and `more` of them, in one call: the engine takes any bytes for a status. */
  writeHead(head: ResponseHead, more = ''): void {
    if (this.#saidContinue) this.#writeSecondHead(head, more);
    else this.res.writeStatus(encode(head.text + more, head.isAscii));
  }

  /** Sends a whole answer; the connection serves on. */
  sendWhole(head: ResponseHead, body: Uint8Array | string): void {
    this.setReading(true);
    this.res.cork(() => {
      this.writeHead(head);
      this.res.end(body);
    });
    this.gone = true;
  }

  /** Sends a whole answer without a body. `length` is a Content-Length line or nothing. */
  sendEmpty(head: ResponseHead, length: string): void {
    this.setReading(true);
    this.res.cork(() => {
      this.writeHead(head, length);
      this.res.endWithoutBody();
    });
    this.gone = true;
  }

  /** The same, but leaves the request pending, to be closed. */
  sendLastEmpty(head: ResponseHead, length: string): void {
    this.res.cork(() => this.writeHead(head, `${length}\r\ndate: ${httpDate(Date.now())}\r\nconnection: close\r\n`));
  }

  close(): void {
    if (this.gone) return;
    this.gone = true;
    this.res.close();
  }

  // Bytes that the engine kept would be stuck now; if they cannot be sent, it watches (and reads) again.
  #stop(): void {
    this.res.pause();
    if (this.isAnswering) this.res.cork(noop);
  }

  // What `resume` restores is kept in one place for all sockets, so it must be this one that has just been saved there.
  #restore(): void {
    this.res.pause();
    this.res.resume();
  }

  // The engine writes one status only, and 100 was it; but it takes any bytes for the name of a field, too.
  #writeSecondHead(head: ResponseHead, more: string): void {
    const fields = `${head.text}${more}`;
    const lines = `HTTP/1.1 ${fields.includes('\r\n') ? fields : `${fields}\r\nconnection: keep-alive`}`;
    const at = lines.indexOf(': ');
    this.res.writeHeader(encode(lines.slice(0, at), head.isAscii), encode(lines.slice(at + 2), head.isAscii));
  }
}

/** The engine sends strings as UTF-8, which is right for ASCII only. */
function encode(text: string, isAscii: boolean): string | Uint8Array {
  return isAscii ? text : Buffer.from(text, 'latin1');
}
