import { STATUS_CODES } from 'node:http';

const notToken = /[^!#$%&'*+\-.^_`|~0-9a-z]/;
const notAsciiValue = /[^\t\x20-\x7e]/;
const notValue = /[^\t\x20-\x7e\x80-\xff]/;
const decimal = /^\d{1,15}$/;

/** Fields about one connection or one message's framing: an upstream's are not ours to repeat. */
const ownFields = [
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** Whether a name seen before is sent on. */
const knownNames = new Map<string, boolean>(ownFields.map((name) => [name, false]));
const knownNamesLimit = 1_000;

/** Whether an answer to this method with this status has no content (RFC 9110 §6.4.1). */
export function isBodyless(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}

/** Status line without its version, and the fields, ready to be written. */
export interface ResponseHead {
  readonly text: string;
  readonly isAscii: boolean;
}

/**
 * Names must be lower-case tokens, values latin1 without control characters; anything else is a RangeError, for it would
 * change the framing of the answer.
 */
export function formatHead(status: number, headers: readonly string[]): ResponseHead {
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new RangeError(`no such final status: ${status}`);
  let text = `${status} ${STATUS_CODES[status] ?? ''}`;
  let isAscii = true;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    const value = headers[i + 1]!;
    if (!(knownNames.get(name) ?? learnName(name))) continue;
    if (notAsciiValue.test(value)) {
      if (notValue.test(value)) throw new RangeError(`the answer header field ${name} has a value that must not be sent`);
      isAscii = false;
    }
    text += `\r\n${name}: ${value}`;
  }
  return { text, isAscii };
}

function learnName(name: string): boolean {
  if (name === '' || notToken.test(name)) throw new RangeError('an answer has a header field whose name is not a lower-case token');
  if (knownNames.size < knownNamesLimit) knownNames.set(name, true);
  return true;
}

/**
 * The Content-Length of an answer without its body (RFC 9110 §8.6): what the headers announce, else `bodyBytes` of the
 * body that is left out; -1 where there must be none, or nothing is known.
 */
export function bodylessLength(method: string, status: number, headers: readonly string[], bodyBytes: number): number {
  if (status === 204) return -1;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === 'content-length' && decimal.test(headers[i + 1]!)) return Number(headers[i + 1]);
  }
  return method === 'HEAD' && bodyBytes > 0 ? bodyBytes : -1;
}
