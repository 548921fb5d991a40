import { connect } from '@nats-io/transport-node';
import { quotaNodeDefaults, QuotaNode } from '../quota-node.js';
import type { LimitUse } from '../limit.js';

/**
 * A quota node as a process of its own, to be killed and stopped by tests: `judge.<instance>` takes JSON `LimitUse[]`, answers
 * with the judgement. Arguments: the broker's address and the instance's name.
 */
const [url, instance] = process.argv.slice(2);
if (url === undefined || instance === undefined) throw new Error('usage: node-process URL INSTANCE');

const connection = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 100, reconnectJitter: 20 });
const node = await QuotaNode.start(connection, { ...quotaNodeDefaults, instance, onFault: () => undefined });
connection.subscribe(`judge.${instance}`, {
  callback: (_error, message) => {
    message.respond(JSON.stringify(node.judge(message.json<LimitUse[]>())));
  },
});
connection.subscribe(`stats.${instance}`, {
  callback: (_error, message) => {
    message.respond(JSON.stringify(node.stats()));
  },
});
process.on('SIGTERM', () => {
  void node.leave().then(() => connection.drain()).then(() => process.exit(0));
});
console.log('ready');
