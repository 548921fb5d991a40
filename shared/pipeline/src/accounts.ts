import { type StageName, stageNames, stageTable } from './stages.js';

/** A NATS identity (nkey). A service that lives in two accounts has two. */
export type IdentityName =
  | StageName
  | `${StageName}.state`
  | 'recorder'
  | 'recorder.events'
  | 'recorder.state'
  | 'control'
  | 'control.events'
  | 'quota.store'
  | 'subscriber';

interface Permissions {
  readonly publish: readonly string[];
  readonly publishDeny?: readonly string[];
  readonly subscribe: readonly string[];
}

interface Import {
  readonly kind: 'service' | 'stream';
  readonly account: AccountName;
  readonly subject: string;
  readonly to?: string;
}

interface Export {
  readonly kind: 'service' | 'stream';
  readonly subject: string;
}

interface AccountRow {
  readonly jetstream: boolean;
  readonly identities: Readonly<Partial<Record<IdentityName, Permissions>>>;
  readonly exports?: readonly Export[];
  readonly imports?: readonly Import[];
}

export type AccountName = 'PIPELINE' | 'SERVICES' | 'CONTROL' | 'QUOTA' | 'RECORDS' | 'EVENTS';

/** Subjects of the second connection that every service has. */
export const stateSubjects = {
  /** Direct get on the control log, as the account SERVICES sees it. */
  controlGet: 'control.get',
  /** A hint that the control log has grown: the entry itself, not to be trusted before it was fetched and verified. */
  controlLive: 'control.live.>',
  /** Control asks every instance for its status and metrics. */
  collect: 'control.collect',
  status: (service: string, instance: string) => `status.${service}.${instance}`,
  telemetry: (lane: string) => `telemetry.${lane}`,
  /** Direct get on the stream TELEMETRY, for the ingress to see where its lane ends. */
  telemetryGet: 'telemetry_get',
  quotaOwners: 'quota.owners',
} as const;

const controlStream = 'KV_control';
const directGetControl = `$JS.API.DIRECT.GET.${controlStream}`;
const directGetTelemetry = '$JS.API.DIRECT.GET.TELEMETRY';

const pipelineIdentities = Object.fromEntries(
  stageNames.map((stage) => [
    stage,
    { publish: stageTable[stage].publish, subscribe: [`_INBOX.${stage}.>`, ...stageTable[stage].subscribe] },
  ]),
) as unknown as Readonly<Record<StageName, Permissions>>;

function stateIdentity(service: string, publish: readonly string[], subscribe: readonly string[] = []): Permissions {
  return {
    publish: [stateSubjects.controlGet, `status.${service}.>`, ...publish],
    subscribe: [`_INBOX.${service}.>`, stateSubjects.controlLive, stateSubjects.collect, ...subscribe],
  };
}

/** What reading one stream takes, for any NATS client: look it up, make a consumer, fetch, acknowledge. */
function streamReader(stream: string, subject: string, inbox: string, notConsumer?: string): Permissions {
  return {
    publish: [
      '$JS.API.INFO',
      '$JS.API.STREAM.NAMES',
      '$JS.API.STREAM.LIST',
      `$JS.API.STREAM.INFO.${stream}`,
      `$JS.API.STREAM.MSG.GET.${stream}`,
      `$JS.API.DIRECT.GET.${stream}`,
      `$JS.API.DIRECT.GET.${stream}.>`,
      `$JS.API.CONSUMER.CREATE.${stream}`,
      `$JS.API.CONSUMER.CREATE.${stream}.>`,
      `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.*`,
      `$JS.API.CONSUMER.INFO.${stream}.*`,
      `$JS.API.CONSUMER.NAMES.${stream}`,
      `$JS.API.CONSUMER.LIST.${stream}`,
      `$JS.API.CONSUMER.DELETE.${stream}.*`,
      `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`,
      `$JS.ACK.${stream}.>`,
      `$JS.FC.${stream}.>`,
    ],
    ...(notConsumer === undefined
      ? {}
      : {
          publishDeny: [
            `$JS.API.CONSUMER.CREATE.${stream}.${notConsumer}.>`,
            `$JS.API.CONSUMER.CREATE.${stream}.${notConsumer}`,
            `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.${notConsumer}`,
            `$JS.API.CONSUMER.DELETE.${stream}.${notConsumer}`,
            `$JS.API.CONSUMER.MSG.NEXT.${stream}.${notConsumer}`,
            `$JS.ACK.${stream}.${notConsumer}.>`,
          ],
        }),
    subscribe: [inbox, subject],
  };
}

const everything: Permissions = { publish: ['>'], subscribe: ['>'] };

/**
 * Every account, who is in it, and what crosses its border. The pipeline has no JetStream; the services' second
 * connection reaches streams only by imports. The broker publishes the answer to an imported call in the caller's own
 * account, so that no reply subject that a service names can reach a stage, a policy key or a journal.
 */
export const accountTable: Readonly<Record<AccountName, AccountRow>> = {
  PIPELINE: { jetstream: false, identities: pipelineIdentities },
  SERVICES: {
    jetstream: false,
    identities: {
      'ingress.state': stateIdentity('ingress', ['telemetry.*', stateSubjects.telemetryGet, 'security.ingress.>']),
      'auth.state': stateIdentity('auth', ['security.auth.>'], [stateSubjects.quotaOwners]),
      'quota.state': stateIdentity('quota', ['security.quota.>'], [stateSubjects.quotaOwners]),
      'validation.state': stateIdentity('validation', ['security.validation.>']),
      'routing.state': stateIdentity('routing', ['security.routing.>']),
      'recorder.state': stateIdentity('recorder', ['security.recorder.>']),
    },
    exports: [{ kind: 'stream', subject: 'status.>' }],
    imports: [
      { kind: 'service', account: 'CONTROL', subject: directGetControl, to: stateSubjects.controlGet },
      { kind: 'stream', account: 'CONTROL', subject: '$KV.control.>', to: stateSubjects.controlLive },
      { kind: 'stream', account: 'CONTROL', subject: stateSubjects.collect },
      { kind: 'stream', account: 'QUOTA', subject: stateSubjects.quotaOwners },
      { kind: 'service', account: 'RECORDS', subject: 'telemetry.*' },
      { kind: 'service', account: 'RECORDS', subject: directGetTelemetry, to: stateSubjects.telemetryGet },
      { kind: 'service', account: 'EVENTS', subject: 'security.>' },
    ],
  },
  CONTROL: {
    jetstream: true,
    identities: { control: everything },
    exports: [
      { kind: 'service', subject: directGetControl },
      { kind: 'stream', subject: '$KV.control.>' },
      { kind: 'stream', subject: stateSubjects.collect },
    ],
    imports: [
      { kind: 'stream', account: 'SERVICES', subject: 'status.>' },
      { kind: 'service', account: 'EVENTS', subject: 'security.>' },
    ],
  },
  QUOTA: {
    jetstream: true,
    identities: { 'quota.store': everything },
    exports: [{ kind: 'stream', subject: stateSubjects.quotaOwners }],
  },
  RECORDS: {
    jetstream: true,
    identities: { recorder: everything },
    exports: [
      { kind: 'service', subject: 'telemetry.*' },
      { kind: 'service', subject: directGetTelemetry },
    ],
    imports: [{ kind: 'stream', account: 'SERVICES', subject: 'status.>' }],
  },
  EVENTS: {
    jetstream: true,
    identities: {
      'recorder.events': everything,
      'control.events': streamReader('SECURITY', 'security.>', '_INBOX.control.>', 'recorder'),
      subscriber: streamReader('SECURITY', 'security.>', '_INBOX.>', 'recorder'),
    },
    exports: [{ kind: 'service', subject: 'security.>' }],
  },
};
