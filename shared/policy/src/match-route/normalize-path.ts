export interface NormalPath {
  /** Begins with `/`; normal in the sense of RFC 3986 §6.2.2, repeated slashes merged. */
  readonly path: string;
  /** As it was sent, without the `?`; empty where there is none. */
  readonly query: string;
}

const PLAIN = 1;
/** Visible ASCII that RFC 3986 allows nowhere in a path, but that browsers send as it is. */
const TO_ENCODE = 2;
const CLASS = classifyAscii();

const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
const PERCENT = 0x25;
const DOT = 0x2e;
const HASH = 0x23;

/**
 * Normalizes an origin-form request target (RFC 9112 §3.2.1); null: malformed, to be refused with 400. Idempotent.
 * Refused: anything that two parsers may read differently (encoded slashes, backslashes and controls, bytes outside ASCII,
 * broken or overlong percent-encoding, `..;` segments, fragments). Targets in normal form cost one scan.
 */
export function normalizePath(target: string): NormalPath | null {
  if (target.charCodeAt(0) !== SLASH) return null;
  const length = target.length;
  let afterSlash = true;
  for (let i = 1; i < length; i++) {
    const code = target.charCodeAt(i);
    if (CLASS[code] === PLAIN && !(afterSlash && code === DOT)) {
      afterSlash = false;
    } else if (code === SLASH && !afterSlash) {
      afterSlash = true;
    } else if (code === QUESTION_MARK) {
      return isQuery(target, i + 1) ? { path: target.slice(0, i), query: target.slice(i + 1) } : null;
    } else {
      return normalizeSlowly(target);
    }
  }
  return { path: target, query: '' };
}

function normalizeSlowly(target: string): NormalPath | null {
  const mark = target.indexOf('?');
  const pathEnd = mark === -1 ? target.length : mark;
  if (!isQuery(target, pathEnd + 1)) return null;

  const encoded = normalizeEncoding(target, pathEnd);
  const path = encoded === null ? null : removeDotSegments(encoded);
  return path === null ? null : { path, query: target.slice(pathEnd + 1) };
}

/** Decodes what is unreserved, upper-cases the rest, encodes stray characters. */
function normalizeEncoding(target: string, end: number): string | null {
  let out = '';
  let sawHighByte = false;
  for (let i = 0; i < end; i++) {
    const code = target.charCodeAt(i);
    if (code === PERCENT) {
      const byte = hexByteAt(target, i + 1);
      if (byte === -1 || byte < 0x20 || byte === 0x7f || byte === SLASH || byte === 0x5c) return null;
      out += isUnreserved(byte) ? String.fromCharCode(byte) : percentEncode(byte);
      sawHighByte ||= byte > 0x7f;
      i += 2;
    } else if (CLASS[code] === PLAIN || code === SLASH) {
      out += target[i];
    } else if (CLASS[code] === TO_ENCODE) {
      out += percentEncode(code);
    } else {
      return null;
    }
  }
  return sawHighByte && !isUtf8(out) ? null : out;
}

/** RFC 3986 §5.2.4, with empty segments dropped first; null for dot segments with parameters, which some servers take for dots. */
function removeDotSegments(path: string): string | null {
  const kept: string[] = [];
  const segments = path.split('/');
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (/^\.\.?;/.test(segment)) return null;
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  const isFolder = kept.length > 0 && (last === '' || last === '.' || last === '..');
  return `/${kept.join('/')}${isFolder ? '/' : ''}`;
}

function isQuery(target: string, from: number): boolean {
  for (let i = from; i < target.length; i++) {
    const code = target.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f || code === HASH) return false;
    if (code === PERCENT) {
      if (hexByteAt(target, i + 1) === -1) return false;
      i += 2;
    }
  }
  return true;
}

function hexByteAt(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at));
  const low = hexDigit(text.charCodeAt(at + 1));
  return high === -1 || low === -1 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function percentEncode(byte: number): string {
  return `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`;
}

function isUnreserved(code: number): boolean {
  return /[A-Za-z0-9\-._~]/.test(String.fromCharCode(code)) && code < 0x80;
}

function isUtf8(encoded: string): boolean {
  try {
    decodeURIComponent(encoded);
    return true;
  } catch {
    return false;
  }
}

/** Path characters of RFC 3986 (`pchar`) are plain; `%`, `/`, `\`, `?`, `#`, space, controls and all else are none of both. */
function classifyAscii(): Uint8Array {
  const classes = new Uint8Array(128);
  for (let code = 0x21; code < 0x7f; code++) {
    const char = String.fromCharCode(code);
    if (/[A-Za-z0-9\-._~!$&'()*+,;=:@]/.test(char)) classes[code] = PLAIN;
    else if (/["<>^`{|}[\]]/.test(char)) classes[code] = TO_ENCODE;
  }
  return classes;
}
