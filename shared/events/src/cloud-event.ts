import { randomUUID } from 'node:crypto';

/** A security event: a CloudEvents 1.0 envelope (JSON) around an OCSF 1.x event. */
export interface CloudEvent {
  readonly specversion: '1.0';
  /** Unique; also the message id under which JetStream stores the event once. */
  readonly id: string;
  readonly source: string;
  /** `<stage>.<reason>`. */
  readonly type: string;
  /** The route, `_` for none. */
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** W3C trace context, where the event belongs to a request (CloudEvents distributed tracing extension). */
  readonly traceparent?: string;
  readonly requestid?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EventFrame {
  readonly stage: string;
  readonly instance: string;
  readonly reason: string;
  readonly route: string;
  readonly timeMs: number;
  readonly traceparent?: string;
  readonly requestId?: string;
}

export function frameEvent(frame: EventFrame, data: Readonly<Record<string, unknown>>): CloudEvent {
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: `/sallyport/${frame.stage}/${frame.instance}`,
    type: `${frame.stage}.${frame.reason}`,
    subject: frame.route,
    time: new Date(frame.timeMs).toISOString(),
    datacontenttype: 'application/json',
    ...(frame.traceparent ? { traceparent: frame.traceparent } : {}),
    ...(frame.requestId ? { requestid: frame.requestId } : {}),
    data,
  };
}

/** `security.<stage>.<reason>.<route>`, the subject that an event is published on. */
export function eventSubject(event: CloudEvent): string {
  return `security.${event.type}.${event.subject}`;
}
