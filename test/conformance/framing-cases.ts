/** What must become of a request that somebody put on the wire. */
export type FramingOutcome =
  /** The ingress refuses it with this status, records it, and closes the connection. */
  | { readonly kind: 'refused'; readonly status: 400 | 431 }
  /** The parser of the engine refuses it and closes the connection; the ingress never sees it. */
  | { readonly kind: 'rejected'; readonly status: 400 | 431 | 505 }
  /** The parser waits for bytes that would make it well formed, takes none, and drops the connection within 12 s. */
  | { readonly kind: 'stuck' }
  /** It is forwarded once, as `seen`. With `closes` the connection ends with the answer. */
  | { readonly kind: 'forwarded'; readonly seen: Partial<SeenRequest>; readonly closes: boolean }
  /** It was forwarded, but the body turned out to be malformed: it never completes, and the connection is closed. */
  | { readonly kind: 'broken' };

export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly contentLength: number;
  readonly body: string;
  /** Flat, without Host. */
  readonly headers: readonly string[];
}

export interface FramingCase {
  readonly name: string;
  /** One char a byte. Several pieces arrive in segments of their own. */
  readonly bytes: string | readonly string[];
  readonly outcome: FramingOutcome;
}

const refused: FramingOutcome = { kind: 'refused', status: 400 };
const tooLarge: FramingOutcome = { kind: 'refused', status: 431 };
const rejected: FramingOutcome = { kind: 'rejected', status: 400 };
const badLine: FramingOutcome = { kind: 'rejected', status: 505 };
const stuck: FramingOutcome = { kind: 'stuck' };
const broken: FramingOutcome = { kind: 'broken' };
const forwarded = (seen: Partial<SeenRequest> = {}, closes = false): FramingOutcome => ({ kind: 'forwarded', seen, closes });
const chunkedAs = (body: string): FramingOutcome => forwarded({ contentLength: -1, body }, true);

const get = (target: string, fields = '', host = 'a'): string => `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`;
const post = (fields: string, body = ''): string => `POST /p HTTP/1.1\r\nHost: a\r\n${fields}\r\n${body}`;
const chunked = (body: string): string => post('Transfer-Encoding: chunked\r\n', body);
const fields = (count: number): string => Array.from({ length: count }, (_, i) => `h${i}: v\r\n`).join('');

const requestLines: FramingCase[] = [
  { name: 'a plain GET', bytes: get('/x?y=z'), outcome: forwarded({ method: 'GET', target: '/x?y=z', host: 'a', contentLength: 0, headers: [] }) },
  { name: 'fields in three segments', bytes: ['GET /x HTTP/1.1\r\nHo', 'st: a\r\nx: y\r', '\n\r\n'], outcome: forwarded({ target: '/x', headers: ['x', 'y'] }) },
  // A fault of the parser: lines longer than a segment of the network are at its mercy.
  { name: 'a request line in two segments', bytes: ['GET /x?', 'y HTTP/1.1\r\nHost: a\r\n\r\n'], outcome: badLine },
  { name: 'an empty query', bytes: get('/x?'), outcome: forwarded({ target: '/x?' }) },
  { name: 'a method in lower case is another method', bytes: get('/').replace('GET', 'get'), outcome: forwarded({ method: 'get' }) },
  { name: 'HTTP/1.0', bytes: 'GET / HTTP/1.0\r\nHost: a\r\n\r\n', outcome: badLine },
  { name: 'HTTP/0.9', bytes: 'GET /\r\n\r\n', outcome: badLine },
  { name: 'HTTP/1.2', bytes: 'GET / HTTP/1.2\r\nHost: a\r\n\r\n', outcome: badLine },
  { name: 'HTTP/2.0', bytes: 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', outcome: badLine },
  { name: 'the preface of HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', outcome: badLine },
  { name: 'the protocol in lower case', bytes: 'GET / http/1.1\r\nHost: a\r\n\r\n', outcome: badLine },
  { name: 'absolute form', bytes: get('http://a/x'), outcome: badLine },
  { name: 'absolute form of another authority', bytes: get('http://b/x'), outcome: badLine },
  { name: 'authority form', bytes: 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n', outcome: badLine },
  { name: 'CONNECT with a path', bytes: get('/').replace('GET', 'CONNECT'), outcome: refused },
  { name: 'asterisk form with OPTIONS', bytes: get('*').replace('GET', 'OPTIONS'), outcome: badLine },
  { name: 'asterisk form with GET', bytes: get('*'), outcome: badLine },
  { name: 'a target without a slash', bytes: get('x'), outcome: badLine },
  { name: 'a fragment', bytes: get('/x#y'), outcome: refused },
  { name: 'a backslash in the path', bytes: get('/x\\..\\y'), outcome: refused },
  { name: 'quotes in the target', bytes: get('/"'), outcome: refused },
  { name: 'angle brackets in the target', bytes: get('/<x>'), outcome: refused },
  { name: 'DEL in the target', bytes: get('/\x7f'), outcome: refused },
  { name: 'NUL in the target', bytes: get('/\0'), outcome: badLine },
  { name: 'a control character in the target', bytes: get('/\x01'), outcome: badLine },
  { name: 'a space in the target', bytes: get('/a b'), outcome: badLine },
  { name: 'UTF-8 in the target', bytes: get('/\xc3\xa9'), outcome: refused },
  { name: 'Latin-1 in the target', bytes: get('/\xe9'), outcome: refused },
  { name: 'a target of 9 KB', bytes: get(`/${'a'.repeat(9_000)}`), outcome: refused },
  { name: 'an invalid method', bytes: get('/').replace('GET', 'G@T'), outcome: refused },
  { name: 'a method outside ASCII', bytes: get('/').replace('GET', 'G\xe9T'), outcome: badLine },
  { name: 'no method', bytes: ' / HTTP/1.1\r\nHost: a\r\n\r\n', outcome: refused },
  { name: 'an empty line before the request', bytes: `\r\n${get('/')}`, outcome: badLine },
  { name: 'a line feed before the request', bytes: `\n${get('/')}`, outcome: badLine },
  { name: 'a space before the request', bytes: ` ${get('/')}`, outcome: badLine },
  { name: 'two spaces after the method', bytes: 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n', outcome: badLine },
  { name: 'two spaces before the protocol', bytes: 'GET /  HTTP/1.1\r\nHost: a\r\n\r\n', outcome: badLine },
  { name: 'tabs in the request line', bytes: 'GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n', outcome: badLine },
  { name: 'a space after the protocol', bytes: 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n', outcome: badLine },
  { name: 'a TLS handshake', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', outcome: badLine },
  { name: 'the PROXY protocol, version 1', bytes: `PROXY TCP4 1.2.3.4 5.6.7.8 80 80\r\n${get('/')}`, outcome: badLine },
];

const lines: FramingCase[] = [
  { name: 'line feeds alone', bytes: 'GET / HTTP/1.1\nHost: a\n\n', outcome: badLine },
  { name: 'a line feed alone after the request line', bytes: 'GET / HTTP/1.1\nHost: a\r\n\r\n', outcome: badLine },
  { name: 'a line feed alone after a field', bytes: 'GET / HTTP/1.1\r\nHost: a\nx: y\r\n\r\n', outcome: stuck },
  { name: 'a carriage return alone in a field', bytes: 'GET / HTTP/1.1\r\nHost: a\rx: y\r\n\r\n', outcome: stuck },
  { name: 'two carriage returns', bytes: 'GET / HTTP/1.1\r\nHost: a\r\r\nx: y\r\n\r\n', outcome: stuck },
  { name: 'a line feed alone for the empty line', bytes: 'GET / HTTP/1.1\r\nHost: a\r\n\n', outcome: stuck },
  { name: 'a folded field', bytes: get('/', 'x: y\r\n z\r\n'), outcome: stuck },
  { name: 'a field folded with a tab', bytes: get('/', 'x: y\r\n\tz\r\n'), outcome: stuck },
  { name: 'a space before the first field', bytes: 'GET / HTTP/1.1\r\n Host: a\r\n\r\n', outcome: stuck },
];

const fieldSyntax: FramingCase[] = [
  { name: 'values are trimmed, and empty ones taken', bytes: get('/', 'X-A: \t b \t \r\nx-b:\r\nx-c:d\r\n'), outcome: forwarded({ headers: ['x-a', 'b', 'x-b', '', 'x-c', 'd'] }) },
  { name: 'repeated fields stay apart, in order', bytes: get('/', 'x: 1\r\ny: 2\r\nx: 3\r\n'), outcome: forwarded({ headers: ['x', '1', 'y', '2', 'x', '3'] }) },
  { name: 'UTF-8 inside a value comes as its bytes', bytes: get('/', 'x: a\xc3\xa9b\r\n'), outcome: forwarded({ headers: ['x', 'a\xc3\xa9b'] }) },
  { name: 'Latin-1 inside a value', bytes: get('/', 'x: a\xe9b\r\n'), outcome: refused },
  // The parser trims every byte above 127 at the ends of a value, too.
  { name: 'bytes above 127 around a value are lost', bytes: get('/', 'x: \xe9a\xff\r\n'), outcome: forwarded({ headers: ['x', 'a'] }) },
  { name: 'a space before the colon', bytes: get('/', 'x : y\r\n'), outcome: stuck },
  { name: 'a tab before the colon', bytes: get('/', 'x\t: y\r\n'), outcome: stuck },
  { name: 'a space before the colon of Content-Length', bytes: post('Content-Length : 5\r\n', 'hello'), outcome: stuck },
  { name: 'a field without a colon', bytes: get('/', 'xy\r\n'), outcome: stuck },
  { name: 'a space in a name', bytes: get('/', 'x y: z\r\n'), outcome: stuck },
  { name: 'a parenthesis in a name', bytes: get('/', 'x(y: z\r\n'), outcome: stuck },
  { name: 'a name outside ASCII', bytes: get('/', 'x\xe9: z\r\n'), outcome: stuck },
  { name: 'NUL in a name', bytes: get('/', 'x\0y: z\r\n'), outcome: stuck },
  // Tokens by RFC 9110, but the parser takes letters, digits and hyphens only.
  { name: 'an underscore in a name', bytes: get('/', 'x_y: z\r\n'), outcome: stuck },
  { name: 'Transfer_Encoding', bytes: post('Transfer_Encoding: chunked\r\nContent-Length: 5\r\n', 'hello'), outcome: stuck },
  { name: 'NUL in a value', bytes: get('/', 'x: a\0b\r\n'), outcome: stuck },
  { name: 'a control character in a value', bytes: get('/', 'x: a\x01b\r\n'), outcome: stuck },
  { name: 'DEL in a value', bytes: get('/', 'x: a\x7fb\r\n'), outcome: refused },
  { name: 'more fields than the limit', bytes: get('/', fields(96)), outcome: tooLarge },
  { name: 'as many fields as the limit', bytes: get('/', fields(95)), outcome: forwarded() },
  { name: 'more fields than the parser takes', bytes: get('/', fields(120)), outcome: stuck },
  { name: 'fields of 17 KB', bytes: get('/', `x: ${'a'.repeat(17_000)}\r\n`), outcome: tooLarge },
  { name: 'fields of 17 KB in segments', bytes: ['GET / HTTP/1.1\r\nHost: a\r\nx: ', 'a'.repeat(8_500), 'a'.repeat(8_500), '\r\n\r\n'], outcome: tooLarge },
  { name: 'fields of 60 KB in segments', bytes: ['GET / HTTP/1.1\r\nHost: a\r\nx: ', 'a'.repeat(30_000), 'a'.repeat(30_000), '\r\n\r\n'], outcome: { kind: 'rejected', status: 431 } },
];

const hosts: FramingCase[] = [
  { name: 'no field at all', bytes: 'GET / HTTP/1.1\r\n\r\n', outcome: stuck },
  { name: 'no Host', bytes: 'GET / HTTP/1.1\r\nx: y\r\n\r\n', outcome: rejected },
  { name: 'an empty Host', bytes: get('/', '', ''), outcome: refused },
  { name: 'two Hosts', bytes: get('/', 'Host: b\r\n'), outcome: refused },
  { name: 'two equal Hosts', bytes: get('/', 'Host: a\r\n'), outcome: refused },
  { name: 'an empty second Host', bytes: get('/', 'Host:\r\n'), outcome: refused },
  { name: 'joined Hosts', bytes: get('/', '', 'a, b'), outcome: refused },
  { name: 'a Host with user information', bytes: get('/', '', 'x@a'), outcome: refused },
  { name: 'a Host with a path', bytes: get('/', '', 'a/b'), outcome: refused },
  { name: 'a Host with a space', bytes: get('/', '', 'a b'), outcome: refused },
  { name: 'a Host with an escape', bytes: get('/', '', 'a%2eb'), outcome: refused },
  { name: 'a Host with a bad port', bytes: get('/', '', 'a:80x'), outcome: refused },
  { name: 'a Host with a port', bytes: get('/', '', 'a.example:8080'), outcome: forwarded({ host: 'a.example:8080' }) },
  { name: 'an IPv6 Host', bytes: get('/', '', '[::1]:80'), outcome: forwarded({ host: '[::1]:80' }) },
];

const lengths: FramingCase[] = [
  { name: 'a body of a known length', bytes: post('Content-Length: 5\r\n', 'hello'), outcome: forwarded({ contentLength: 5, body: 'hello' }) },
  { name: 'a body of a known length in segments', bytes: [post('Content-Length: 5\r\n', 'he'), 'l', 'lo'], outcome: forwarded({ contentLength: 5, body: 'hello' }) },
  { name: 'leading zeros in Content-Length', bytes: post('Content-Length: 005\r\n', 'hello'), outcome: forwarded({ contentLength: 5, body: 'hello' }) },
  { name: 'a GET with a body', bytes: get('/', 'Content-Length: 5\r\n') + 'hello', outcome: forwarded({ method: 'GET', body: 'hello' }) },
  { name: 'Content-Length 0', bytes: post('Content-Length: 0\r\n'), outcome: forwarded({ contentLength: 0, body: '' }) },
  { name: 'an empty Content-Length', bytes: post('Content-Length:\r\n'), outcome: refused },
  { name: 'a signed Content-Length', bytes: post('Content-Length: +5\r\n', 'hello'), outcome: refused },
  { name: 'a negative Content-Length', bytes: post('Content-Length: -1\r\n', 'hello'), outcome: refused },
  { name: 'two numbers in Content-Length', bytes: post('Content-Length: 5 5\r\n', 'hello'), outcome: refused },
  { name: 'a hexadecimal Content-Length', bytes: post('Content-Length: 0x5\r\n', 'hello'), outcome: refused },
  { name: 'equal Content-Lengths, joined', bytes: post('Content-Length: 5, 5\r\n', 'hello'), outcome: refused },
  { name: 'differing Content-Lengths, joined', bytes: post('Content-Length: 5,6\r\n', 'hello'), outcome: refused },
  { name: 'equal Content-Lengths', bytes: post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'), outcome: refused },
  { name: 'differing Content-Lengths', bytes: post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello'), outcome: refused },
  { name: 'differing Content-Lengths, the larger first', bytes: post('Content-Length: 6\r\nContent-Length: 5\r\n', 'hello'), outcome: refused },
  { name: 'a decimal point in Content-Length', bytes: post('Content-Length: 5.0\r\n', 'hello'), outcome: refused },
  { name: 'a Content-Length of 20 digits', bytes: post('Content-Length: 99999999999999999999\r\n', 'hello'), outcome: refused },
  { name: 'a Content-Length that overflows 64 bits to 5', bytes: post('Content-Length: 18446744073709551621\r\n', 'hello'), outcome: refused },
  { name: 'a Content-Length of 2^62', bytes: post('Content-Length: 4611686018427387904\r\n', 'hello'), outcome: refused },
];

const codings: FramingCase[] = [
  { name: 'Content-Length and Transfer-Encoding', bytes: post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), outcome: rejected },
  { name: 'Transfer-Encoding and Content-Length', bytes: post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'), outcome: rejected },
  { name: 'an empty Transfer-Encoding and Content-Length', bytes: post('Transfer-Encoding:\r\nContent-Length: 5\r\n', 'hello'), outcome: refused },
  { name: 'an empty Transfer-Encoding', bytes: post('Transfer-Encoding:\r\n'), outcome: refused },
  { name: 'gzip', bytes: post('Transfer-Encoding: gzip\r\n', '0\r\n\r\n'), outcome: refused },
  { name: 'gzip, chunked', bytes: post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), outcome: refused },
  { name: 'chunked, gzip', bytes: post('Transfer-Encoding: chunked, gzip\r\n', '0\r\n\r\n'), outcome: refused },
  { name: 'chunked, chunked', bytes: post('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n'), outcome: refused },
  { name: 'chunked in two fields', bytes: post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), outcome: refused },
  { name: 'identity', bytes: post('Transfer-Encoding: identity\r\n', '0\r\n\r\n'), outcome: refused },
  { name: 'identity in a second field', bytes: post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n'), outcome: refused },
  { name: 'xchunked', bytes: post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), outcome: refused },
  { name: 'chunked in quotes', bytes: post('Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n'), outcome: refused },
  { name: 'chunked with a parameter', bytes: post('Transfer-Encoding: chunked;q=1\r\n', '0\r\n\r\n'), outcome: refused },
  { name: 'CHUNKED', bytes: post('Transfer-Encoding: CHUNKED\r\n', '5\r\nhello\r\n0\r\n\r\n'), outcome: chunkedAs('hello') },
];

/** The parser is lax here, which is why no chunked request may have anything behind it. */
const chunks: FramingCase[] = [
  { name: 'a chunked body', bytes: chunked('5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n'), outcome: chunkedAs('hello world') },
  { name: 'a chunked body in segments', bytes: [chunked('5\r'), '\nhel', 'lo\r\n', '0\r\n', '\r\n'], outcome: chunkedAs('hello') },
  { name: 'a chunked body without a chunk', bytes: chunked('0\r\n\r\n'), outcome: chunkedAs('') },
  { name: 'leading zeros in a chunk size', bytes: chunked(`${'0'.repeat(40)}5\r\nhello\r\n000\r\n\r\n`), outcome: chunkedAs('hello') },
  { name: 'a space after a chunk size', bytes: chunked('5 \r\nhello\r\n0\r\n\r\n'), outcome: chunkedAs('hello') },
  { name: 'line feeds alone in a chunked body', bytes: chunked('5\nhello\n0\n\n'), outcome: chunkedAs('hello') },
  { name: 'g for a chunk size', bytes: chunked('g\r\n0123456789abcdef\r\n0\r\n\r\n'), outcome: chunkedAs('0123456789abcdef') },
  { name: 'a chunk with too much data', bytes: chunked('5\r\nhello!\r\n0\r\n\r\n'), outcome: chunkedAs('hello') },
  { name: 'a chunk with other bytes for its end', bytes: chunked('5\r\nhelloXX0\r\n\r\n'), outcome: chunkedAs('hello') },
  { name: 'other bytes for the end of the body', bytes: chunked('5\r\nhello\r\n0\r\nXX'), outcome: chunkedAs('hello') },
  { name: '0x5 for a chunk size', bytes: chunked('0x5\r\nhello\r\n0\r\n\r\n'), outcome: broken },
  { name: 'a negative chunk size', bytes: chunked('-5\r\nhello\r\n0\r\n\r\n'), outcome: broken },
  { name: 'a chunk size that overflows 64 bits to 5', bytes: chunked('10000000000000005\r\nhello\r\n0\r\n\r\n'), outcome: broken },
  { name: 'a quoted chunk extension', bytes: chunked('5;a="b c"\r\nhello\r\n0\r\n\r\n'), outcome: broken },
  { name: 'an empty chunk size', bytes: chunked('\r\nhello\r\n0\r\n\r\n'), outcome: broken },
  { name: 'a trailer field', bytes: chunked('5\r\nhello\r\n0\r\nx: y\r\n\r\n'), outcome: broken },
];

const connections: FramingCase[] = [
  { name: 'connection: close', bytes: get('/', 'Connection: close\r\n'), outcome: forwarded({}, true) },
  { name: 'connection: Close among others', bytes: get('/', 'Connection: te, Close\r\n'), outcome: forwarded({}, true) },
  { name: 'connection: closed means nothing', bytes: get('/', 'Connection: closed\r\n'), outcome: forwarded() },
  { name: 'an upgrade to WebSocket is not offered', bytes: get('/', 'Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'), outcome: forwarded({ method: 'GET' }) },
  { name: 'an upgrade to HTTP/2 is not offered', bytes: get('/', 'Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n'), outcome: forwarded({ method: 'GET' }) },
  { name: 'an expectation nobody knows is passed over', bytes: post('Expect: wonders\r\nContent-Length: 5\r\n', 'hello'), outcome: forwarded({ body: 'hello' }) },
];

export const framingCases: readonly FramingCase[] = [
  ...requestLines,
  ...lines,
  ...fieldSyntax,
  ...hosts,
  ...lengths,
  ...codings,
  ...chunks,
  ...connections,
];
