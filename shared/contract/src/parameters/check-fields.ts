import { violation, type ContractProblem } from '../problem.js';
import type { CheckHead, RequestHead } from '../request-head.js';
import { readingsOf, type ParameterCheck } from './check-value.js';
import { decodePercent, keepText } from './percent-decoding.js';
import type { RawValue } from './styles.js';

/** Checks the values of the path against the parameters named in its template, `names` in the order of the template. */
export function compilePathCheck(prepared: readonly ParameterCheck[], names: readonly string[]): CheckHead | undefined {
  if (prepared.length === 0) return undefined;
  const checks = prepared.map((one) => ({
    index: names.indexOf(one.parameter.name),
    check: one.check(readingsOf(one, decodePercent)),
  }));
  return (head, problems) => {
    for (const { index, check } of checks) check(head.pathParams[index] ?? '', problems);
  };
}

/** Checks header fields; the lines of a repeated field make one list (RFC 9110 §5.3). */
export function compileHeaderCheck(prepared: readonly ParameterCheck[]): CheckHead | undefined {
  if (prepared.length === 0) return undefined;
  const checks = prepared.map((one) => {
    const check = one.check(readingsOf(one, keepText));
    const isList = one.layouts[0] !== 'primitive' && one.parameter.mediaType === undefined;
    return {
      one,
      name: one.parameter.name.toLowerCase(),
      check: (raw: RawValue, problems: ContractProblem[]) => check(isList && typeof raw !== 'string' ? raw.join() : raw, problems),
    };
  });
  return (head, problems) => {
    for (const { one, name, check } of checks) {
      const raw = single(head.headers.get(name));
      if (raw !== undefined) check(raw, problems);
      else reportMissing(one, 'header', name, head, problems);
    }
  };
}

/** Checks cookies (RFC 6265 §4.2) by the style `form`; repeated names are an array's items. */
export function compileCookieCheck(prepared: readonly ParameterCheck[]): CheckHead | undefined {
  if (prepared.length === 0) return undefined;
  const checks = prepared.map((one) => ({ one, check: one.check(readingsOf(one, decodePercent)) }));
  const names = new Set(prepared.map((one) => one.parameter.name));
  return (head, problems) => {
    const cookies = collectCookies(head.headers.get('cookie'), names);
    for (const { one, check } of checks) {
      const raw = single(cookies.get(one.parameter.name));
      if (raw !== undefined) check(raw, problems);
      else reportMissing(one, 'cookie', one.parameter.name, head, problems);
    }
  };
}

function reportMissing(
  prepared: ParameterCheck,
  place: 'header' | 'cookie',
  name: string,
  head: RequestHead,
  problems: ContractProblem[],
): void {
  if (!prepared.parameter.required || head.isTakenOut?.(place, name) === true) return;
  problems.push(violation(place, prepared.problemPointer, 'is required'));
}

function single(raw: RawValue | undefined): RawValue | undefined {
  if (raw === undefined || typeof raw === 'string') return raw;
  return raw.length <= 1 ? raw[0] : raw;
}

function collectCookies(fields: string | readonly string[] | undefined, names: ReadonlySet<string>): Map<string, string[]> {
  const cookies = new Map<string, string[]>();
  for (const field of fields === undefined ? [] : typeof fields === 'string' ? [fields] : fields) {
    for (const cookie of field.split(';')) {
      const equals = cookie.indexOf('=');
      const name = cookie.slice(0, Math.max(equals, 0)).trim();
      if (!names.has(name)) continue;
      const value = unquote(cookie.slice(equals + 1).trim());
      const before = cookies.get(name);
      if (before === undefined) cookies.set(name, [value]);
      else before.push(value);
    }
  }
  return cookies;
}

function unquote(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}
