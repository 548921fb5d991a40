import { fullFormats } from 'ajv-formats/dist/formats.js';

/** A check of one `format`, in the shape ajv takes. */
export type FormatCheck =
  | { readonly type: 'string'; readonly validate: (value: string) => boolean }
  | { readonly type: 'number'; readonly validate: (value: number) => boolean };

/**
 * The formats that are checked: those of JSON Schema 2020-12 and OpenAPI. A string longer than the format's own bound is
 * refused unread, so that none of the expressions meets long input. Formats that are not listed are annotations.
 */
export const formatChecks: ReadonlyMap<string, FormatCheck> = new Map<string, FormatCheck>([
  ['date', text(10, isDate)],
  ['time', text(64, isTime)],
  ['date-time', text(75, (value) => isDate(value.slice(0, 10)) && /^[Tt]$/.test(value[10] ?? '') && isTime(value.slice(11)))],
  ['duration', text(64, borrowed('duration'))],
  ['email', text(320, borrowed('email'))],
  ['hostname', text(254, borrowed('hostname'))],
  ['ipv4', text(15, borrowed('ipv4'))],
  ['ipv6', text(45, borrowed('ipv6'))],
  ['uri', text(8192, borrowed('uri'))],
  ['url', text(8192, borrowed('uri'))],
  ['uri-reference', text(8192, borrowed('uri-reference'))],
  ['uri-template', text(8192, borrowed('uri-template'))],
  ['uuid', text(36, (value) => uuid.test(value))],
  ['json-pointer', text(8192, borrowed('json-pointer'))],
  ['relative-json-pointer', text(8192, borrowed('relative-json-pointer'))],
  ['regex', text(1024, isEcmaPattern)],
  ['byte', text(Number.POSITIVE_INFINITY, isBase64)],
  ['int32', number((value) => Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31)],
  // 2^63 - 1 is 2^63 as a double.
  ['int64', number((value) => Number.isInteger(value) && value >= -(2 ** 63) && value <= 2 ** 63)],
  ['float', number((value) => Math.abs(value) <= 3.4028234663852886e38)],
  ['double', number(Number.isFinite)],
]);

/** Formats that are known to say nothing which could be checked. */
export const annotationFormats: ReadonlySet<string> = new Set(['password', 'binary']);

function text(maxLength: number, validate: (value: string) => boolean): FormatCheck {
  return { type: 'string', validate: (value) => value.length <= maxLength && validate(value) };
}

function number(validate: (value: number) => boolean): FormatCheck {
  return { type: 'number', validate };
}

type BorrowedName =
  | 'duration' | 'email' | 'hostname' | 'ipv4' | 'ipv6' | 'uri' | 'uri-reference' | 'uri-template' | 'json-pointer'
  | 'relative-json-pointer';

function borrowed(name: BorrowedName): (value: string) => boolean {
  const check = fullFormats[name];
  if (check instanceof RegExp) return (value) => check.test(value);
  if (typeof check === 'function') return check;
  throw new TypeError(`ajv-formats has no check of "${name}"`);
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const fullDate = /^(\d{4})-(\d\d)-(\d\d)$/;
const fullTime = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])(\d\d):(\d\d))$/i;
const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** RFC 3339 `full-date`. */
function isDate(value: string): boolean {
  const match = fullDate.exec(value);
  if (match === null) return false;
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && isLeapYear ? 29 : (daysOfMonth[month - 1] ?? 0);
  return day >= 1 && day <= days;
}

/** RFC 3339 `full-time`; second 60 only at 23:59 UTC. */
function isTime(value: string): boolean {
  const match = fullTime.exec(value);
  if (match === null) return false;
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const [offsetHour, offsetMinute] = [Number(match[5] ?? 0), Number(match[6] ?? 0)];
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return false;
  if (second < 60) return true;
  const offset = (offsetHour * 60 + offsetMinute) * (match[4] === '-' ? -1 : 1);
  return (hour * 60 + minute - offset + 2 * 1440) % 1440 === 1439;
}

/** RFC 4648 §4 with padding; decoders differ on anything laxer. */
function isBase64(value: string): boolean {
  const length = value.length;
  if (length % 4 !== 0) return false;
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0;
  for (let at = 0; at < length - padding; at++) {
    const code = value.charCodeAt(at);
    const isDigit = code >= 0x30 && code <= 0x39;
    const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
    if (!isDigit && !isLetter && code !== 0x2b && code !== 0x2f) return false;
  }
  return true;
}

function isEcmaPattern(value: string): boolean {
  try {
    return RegExp(value, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}
