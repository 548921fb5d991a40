import type { CloudEvent } from '@sallyport/events';
import type { Paint } from './paint.js';
import { printableLine } from './printable.js';

const styles: Readonly<Record<string, Parameters<Paint>[0]>> = { Critical: 'red', High: 'red', Medium: 'yellow', Low: 'cyan' };

/** One event on one line: when, how bad, what, and about whom. */
export function renderEvent({ time, type, subject, requestid, data }: CloudEvent, paint: Paint): string {
  const severity = text(data['severity']);
  const about = map(data['unmapped']);
  const actor = text(map(map(data['actor'])['user'])['name']);
  const facts = {
    route: subject === '_' ? '' : subject,
    mode: about['mode'] === 'deny' ? '' : text(about['mode']),
    consumer: text(about['consumer']),
    ip: text(map(data['src_endpoint'])['ip']),
    by: actor,
    request: requestid ?? '',
  };
  const words = [text(data['status_detail']), text(data['message'])].filter((word) => word !== '');
  const shown = Object.entries(facts).flatMap(([name, value]) => (value === '' ? [] : [`${name}=${printableLine(value)}`]));
  const level = paint(styles[severity] ?? 'dim', printableLine(severity).padEnd(13));
  return [paint('dim', printableLine(time)), level, paint('bold', printableLine(type)), ...shown, ...words.map(printableLine)].join(' ');
}

function map(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
