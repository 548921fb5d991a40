import type { CloudEvent } from '@sallyport/events';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The line of `security_events` for a message of the stream SECURITY; undefined for one that is no event of its subject,
 * which only somebody with a stolen identity publishes.
 */
export function eventRow(data: Uint8Array, subject: string): string | undefined {
  let event: CloudEvent;
  try {
    event = JSON.parse(Buffer.from(data).toString('utf8')) as CloudEvent;
  } catch {
    return undefined;
  }
  if (subject !== `security.${event.type}.${event.subject}` || !uuid.test(event.id)) return undefined;
  const { data: ocsf, requestid, type, time } = event;
  const [stage, ...reason] = type.split('.');
  const about = (ocsf['unmapped'] ?? {}) as Record<string, unknown>;
  const endpoint = (ocsf['src_endpoint'] ?? {}) as Record<string, unknown>;
  return JSON.stringify([
    event.id,
    (Date.parse(time) / 1000).toFixed(3),
    type,
    stage,
    reason.join('.'),
    event.subject,
    text(ocsf['severity']),
    requestid !== undefined && uuid.test(requestid) ? requestid : null,
    text(about['consumer']),
    text(endpoint['ip']),
    JSON.stringify(event),
  ]);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.toWellFormed() : '';
}
