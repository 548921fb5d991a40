import { deny, type Deny } from '@sallyport/verdict';

/** What framing is read from, and, below the line, what `checkFraming` finds and fills in. */
export interface FramingHead {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];

  host: string;
  /** -1: chunked, 0: no body. */
  contentLength: number;
  /** The client asked for `connection: close`. */
  closeRequested: boolean;
  /** The client waits for `100 Continue` before it sends the body. */
  expectsContinue: boolean;
  /** Some field value has bytes outside ASCII. */
  hasNonAscii: boolean;
}

export interface FramingLimits {
  readonly headerCount: number;
  readonly headerBytes: number;
  readonly targetBytes: number;
  /** The engine's parser lets no name pass that is not a lower-case token. */
  readonly namesAreChecked?: boolean;
}

const malformed = (detail: string): Deny => deny('malformed_request', { detail });

const denials = {
  method: malformed('The method is not a token (RFC 9110 §9.1).'),
  connect: malformed('CONNECT is not served here.'),
  target: malformed('The request target must be a path of printable ASCII, with an optional query (RFC 9112 §3.2.1).'),
  targetLength: malformed('The request target is too long.'),
  tooMany: deny('headers_too_large', { detail: 'The request has too many header fields.' }),
  tooLarge: deny('headers_too_large', { detail: 'The header fields of the request are too large.' }),
  name: malformed('A header field name is not a token (RFC 9110 §5.1).'),
  value: malformed('A header field value contains a control character (RFC 9110 §5.5).'),
  hostMissing: malformed('The Host field is missing (RFC 9112 §3.2).'),
  hostRepeated: malformed('The Host field is repeated (RFC 9112 §3.2).'),
  host: malformed('The Host field is not one valid host and port (RFC 9110 §7.2).'),
  lengthRepeated: malformed('The Content-Length field is repeated (RFC 9112 §6.3).'),
  length: malformed('The Content-Length field is not one number (RFC 9110 §8.6).'),
  codingRepeated: malformed('The Transfer-Encoding field is repeated.'),
  coding: malformed('The only transfer coding taken is chunked, alone (RFC 9112 §6.1).'),
  lengthAndCoding: malformed('Content-Length and Transfer-Encoding exclude each other (RFC 9112 §6.1).'),
};

// Searching for what must not be is faster than matching what must.
const notToken = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/;
const notFieldName = /[^!#$%&'*+\-.^_`|~0-9a-z]/;
const notPlain = /[^\t\x20-\x7e]/;
// RFC 3986, and beyond it what browsers send unescaped; no fragment, and no backslash, which some servers read as a slash.
const originForm = /^\/[!$-;=@-[\]^-z|{}~]*(?:\?[!$-;=?-z|{}~]*)?$/;
const hostAndPort = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/;
// Fifteen digits stay below 2^53.
const decimal = /^\d{1,15}$/;
const closeOption = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i;

/**
 * Checks a request head against RFC 9110 and 9112 more strictly than any parser in front of it, and fills in what
 * follows from it. Pure; never echoes a value. Gives the first thing found wrong, `undefined` if all is well.
 */
export function checkFraming(head: FramingHead, limits: FramingLimits): Deny | undefined {
  const { method, target, headers } = head;
  const { headerBytes } = limits;
  const checksNames = limits.namesAreChecked !== true;
  if (method !== 'GET' && method !== 'POST') {
    if (method === '' || notToken.test(method)) return denials.method;
    if (method === 'CONNECT') return denials.connect;
  }
  if (target.length > limits.targetBytes) return denials.targetLength;
  if (!originForm.test(target) && !(target === '*' && method === 'OPTIONS')) return denials.target;
  if (headers.length > limits.headerCount * 2) return denials.tooMany;

  let bytes = 0;
  let host: string | undefined;
  let length: string | undefined;
  let coding: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    const value = headers[i + 1]!;
    bytes += name.length + value.length + 4;
    if (bytes > headerBytes) return denials.tooLarge;
    if (checksNames && (name === '' || notFieldName.test(name))) return denials.name;
    if (notPlain.test(value)) {
      if (hasControl(value)) return denials.value;
      head.hasNonAscii = true;
    }
    switch (name.length) {
      case 4:
        if (name !== 'host') break;
        if (host !== undefined) return denials.hostRepeated;
        host = value;
        break;
      case 6:
        if (name === 'expect' && value.toLowerCase() === '100-continue') head.expectsContinue = true;
        break;
      case 10:
        if (name === 'connection' && closeOption.test(value)) head.closeRequested = true;
        break;
      case 14:
        if (name !== 'content-length') break;
        if (length !== undefined) return denials.lengthRepeated;
        length = value;
        break;
      case 17:
        if (name !== 'transfer-encoding') break;
        if (coding !== undefined) return denials.codingRepeated;
        coding = value;
        break;
    }
  }

  if (host === undefined) return denials.hostMissing;
  if (!hostAndPort.test(host)) return denials.host;
  head.host = host;
  if (length !== undefined) {
    if (coding !== undefined) return denials.lengthAndCoding;
    if (!decimal.test(length)) return denials.length;
    head.contentLength = Number(length);
  } else if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') return denials.coding;
    head.contentLength = -1;
  }
  return undefined;
}

function hasControl(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true;
  }
  return false;
}
