const levels: Readonly<Record<number, string>> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
const hidden = new Set(['level', 'time', 'service', 'instance', 'msg', 'err', 'pid', 'hostname']);

/** A service's JSON log line as one line for people; anything else passes as it is. */
export function renderLogLine(line: string): string {
  if (!line.startsWith('{')) return line;
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const { level, msg, err } = entry;
  const details = Object.entries(entry)
    .filter(([key]) => !hidden.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const cause = typeof err === 'object' && err !== null ? `: ${(err as { message?: string }).message ?? ''}` : '';
  return [`${levels[level as number] ?? ''} ${String(msg ?? '')}${cause}`.trim(), ...details].join(' ');
}
