import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { Counter, createLogger, createRegistry, Gauge } from '@sallyport/observe';
import {
  answerStatusRequests,
  ConnectionWatch,
  connectIdentity,
  ControlLog,
  EventPublisher,
  readServiceEnvironment,
  runService,
} from '@sallyport/pipeline';
import { migrate } from '@sallyport/warehouse-schema';
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StreamCopy } from './copy-stream.js';
import { ensureSecurityStream, ensureTelemetryStream } from './ensure-streams.js';
import { eventRow } from './event-row.js';
import { instanceOf, LaneFence } from './fence-lanes.js';
import { RowInserter } from './insert-rows.js';
import { Purge } from './purge-written.js';
import { readRecorderEnvironment } from './read-recorder-environment.js';
import { RevisionRecorder } from './record-revisions.js';
import { recordsGapEvent, rowRejectedEvent } from './recorder-events.js';
import { StreamPosition } from './stream-position.js';
import { TelemetryWriter } from './write-telemetry.js';

const retryMs = 500;

runService('recorder', async () => {
  const { natsUrl, credentialsDir, instance } = readServiceEnvironment();
  const environment = readRecorderEnvironment();
  const logger = createLogger('recorder', instance);
  const registry = createRegistry('recorder', instance);
  const connect = (identity: 'recorder' | 'recorder.events' | 'recorder.state') =>
    connectIdentity({ url: natsUrl, credentialsDir, identity, instance });
  const [records, events, state] = await Promise.all([connect('recorder'), connect('recorder.events'), connect('recorder.state')]);
  await ensureTelemetryStream(records, environment);
  await ensureSecurityStream(events, environment);
  await StreamPosition.ensureBucket(records, environment.replicas);
  await StreamPosition.ensureBucket(events, environment.replicas);

  const counter = (name: string, help: string) => new Counter({ name, help, registers: [registry] });
  const rows = counter('sallyport_recorder_rows_total', 'Rows of requests written.');
  const batches = counter('sallyport_recorder_batches_total', 'Batches of records written.');
  const retries = counter('sallyport_recorder_retries_total', 'Inserts that were sent again.');
  const rejected = counter('sallyport_recorder_rejected_total', 'Rows that ClickHouse refused for good.');
  const gaps = counter('sallyport_recorder_gaps_total', 'Ingresses that died with records that may be missing.');
  let lagMs = 0;
  new Gauge({
    name: 'sallyport_recorder_lag_seconds',
    help: 'Age of the newest record when it was written.',
    registers: [registry],
    collect() {
      this.set(lagMs / 1000);
    },
  });

  const client = createClient({
    url: environment.clickhouseUrl,
    username: 'recorder',
    password: environment.password,
    database: environment.database,
    request_timeout: 120_000,
    application: 'sallyport-recorder',
    log: { level: ClickHouseLogLevel.OFF },
  });
  const publisher = new EventPublisher(state, logger, registry);
  const inserter = new RowInserter({
    client,
    logger,
    onRejected: (table, line, message) => {
      rejected.inc();
      logger.error({ table, bytes: line.length, message }, 'ClickHouse refused a row for good');
      // The event of an event that was refused would be refused as well, without end.
      if (table !== 'security_events') publisher.publish(rowRejectedEvent(instance, table, line));
    },
    onRetry: () => retries.inc(),
    isStopping: () => telemetry.stopping,
  });
  const writer = new TelemetryWriter({
    client,
    inserter,
    onRows: (count) => rows.inc(count),
    onFenced: (fence, interrupted) => {
      gaps.inc();
      publisher.publish(recordsGapEvent(instanceOf(fence.subject), fence, interrupted));
    },
  });
  const purge = new Purge(records, 'TELEMETRY', logger);
  const telemetry: StreamCopy = new StreamCopy({
    connection: records,
    stream: 'TELEMETRY',
    logger,
    maxBytes: 8 * 1024 * 1024,
    gatherMs: 200,
    write: writer.write,
    onWritten: (messages) => {
      const last = messages.at(-1);
      if (last === undefined) return;
      batches.inc();
      lagMs = Date.now() - last.timeMs;
      purge.onWritten(last.sequence);
    },
  });
  const security = new StreamCopy({
    connection: events,
    stream: 'SECURITY',
    logger,
    maxBytes: 4 * 1024 * 1024,
    gatherMs: 300,
    write: async (messages, plan) => {
      const lines = messages.flatMap(({ data, subject }) => eventRow(data, subject) ?? []);
      if (lines.length === 0) return true;
      return inserter.insert('security_events', [Buffer.from(lines.join('\n') + '\n')], `security:${plan.batch}`);
    },
    onWritten: () => {},
  });
  const fence = new LaneFence(records, logger);
  new ConnectionWatch(records, () => fence.reset());

  const revisions = new RevisionRecorder(inserter);
  const log = new ControlLog({
    connection: state,
    publicKey: createPublicKey(readFileSync(join(credentialsDir, 'control.pub'))),
    logger,
    onEntry: (entry) => revisions.accept(entry),
    onCurrent: () => {},
    onForged: (key, sequence) => logger.error({ key, sequence }, 'an entry of the control log is not signed by control'),
  });
  answerStatusRequests({ service: 'recorder', instance, state, registry, controlLog: log }, { current: undefined, failure: undefined });

  // The bus must take records whether or not ClickHouse is there; the tables can wait.
  void (async () => {
    for (;;) {
      try {
        await migrate(client, { retentionDays: environment.retentionDays });
        break;
      } catch (error) {
        if (telemetry.stopping) return;
        logger.warn({ err: error }, 'ClickHouse is not ready; the recorder waits for it');
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
    telemetry.start();
    security.start();
    await log.poll();
  })();

  return async () => {
    fence.close();
    purge.close();
    log.close();
    await Promise.all([telemetry.stop(), security.stop()]);
    await publisher.close();
    await client.close();
    await Promise.all([records.drain(), events.drain(), state.drain()]);
  };
});
