import { buildActEvent } from '@sallyport/events';
import { createLogger, createRegistry } from '@sallyport/observe';
import {
  answerStatusRequests,
  ConnectionWatch,
  connectIdentity,
  ControlLog,
  EventPublisher,
  readServiceEnvironment,
  runService,
} from '@sallyport/pipeline';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { adminRoutes } from './admin-api/admin-routes.js';
import { serveAdminApi } from './admin-api/router.js';
import { PolicyApplier } from './apply-policy.js';
import { ContractChecker } from './contracts/contract-checker.js';
import type { ControlContext } from './control-context.js';
import { ControlLogWriter } from './control-log-writer.js';
import { ControlState } from './control-state.js';
import { Instances } from './instances.js';
import { readControlEnvironment } from './read-control-environment.js';
import { Warehouse } from './warehouse/warehouse.js';

runService('control', async () => {
  const { natsUrl, credentialsDir, instance } = readServiceEnvironment();
  const { adminHost, adminPort, adminToken, clickhouseUrl, database, replicas } = readControlEnvironment();
  const logger = createLogger('control', instance);
  const registry = createRegistry('control', instance);
  const [connection, events] = await Promise.all(
    (['control', 'control.events'] as const).map((identity) =>
      connectIdentity({ url: natsUrl, credentialsDir, identity, instance }),
    ),
  );
  const watch = new ConnectionWatch(connection!);
  const privateKey = createPrivateKey(readFileSync(join(credentialsDir, 'control.key')));
  const writer = new ControlLogWriter(connection!, privateKey, () => watch.up);
  await writer.ensureBucket(replicas);

  const state = new ControlState();
  const log = new ControlLog({
    connection: connection!,
    subjects: { get: '$JS.API.DIRECT.GET.KV_control', live: '$KV.control.>' },
    publicKey: createPublicKey(privateKey),
    logger,
    onEntry: (entry) => state.accept(entry),
    onCurrent: () => {},
    onForged: (key, sequence) => logger.error({ key, sequence }, 'an entry of the control log is not signed with our key'),
  });
  await log.poll();

  const publisher = new EventPublisher(connection!, logger, registry);
  const publishAct: ControlContext['publishAct'] = (act, activity, actor, message, facts) => {
    const severity = act === 'policy_refused' ? 'low' : 'informational';
    publisher.publish(
      buildActEvent({ stage: 'control', instance, act, activity, actor, timeMs: Date.now(), severity, message, facts }),
    );
  };
  const instances = new Instances(connection!);
  answerStatusRequests(
    { service: 'control', instance, state: connection!, registry, controlLog: log },
    { get current() { return { revision: state.currentRevision }; }, failure: undefined },
  );
  const readLog = async () => {
    await log.poll();
    return log.sequence;
  };
  const context: ControlContext = {
    state,
    writer,
    applier: new PolicyApplier({
      writer,
      state,
      instances,
      contracts: new ContractChecker(),
      readLog,
      onApplied: (revision, { author, message }) =>
        publishAct('policy_applied', 'update', author, `Revision ${revision} is in force.`, { revision, message }),
    }),
    instances,
    registry,
    logger,
    events: events!,
    warehouse: new Warehouse(clickhouseUrl, database),
    brokerUp: () => watch.up,
    readLog,
    readByAuth: async (sequence) => {
      await readLog();
      await instances.hasRead('auth', sequence);
    },
    publishAct,
  };
  const server = serveAdminApi(adminRoutes(context), adminToken, logger);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(adminPort, adminHost, resolve);
  });
  logger.info({ host: adminHost, port: (server.address() as AddressInfo).port }, 'admin API is listening');

  return async () => {
    server.close();
    server.closeAllConnections();
    log.close();
    await publisher.close();
    await Promise.all([connection!.drain(), events!.drain()]);
  };
});
