import { forEachEntry, readCredit, Sections, writeRouting } from '@sallyport/envelope';
import { BodyPuller, PolicyStore, readServiceEnvironment, runService, ServiceRuntime, subjects } from '@sallyport/pipeline';
import { deny } from '@sallyport/verdict';
import { type ForwardContext, forwardRequest } from './forward-request.js';
import { compileRoutingPolicy, type RoutingPolicy } from './policy.js';
import { createUpstreamPools } from './upstream/index.js';

runService('routing', async () => {
  const runtime = await ServiceRuntime.start('routing', readServiceEnvironment());
  const { instance, logger } = runtime;
  const pools = createUpstreamPools();
  const policies = new PolicyStore<RoutingPolicy>(
    ({ document }) => compileRoutingPolicy(document, pools),
    logger,
    (retired) => void retired.upstreams.release(),
  );
  const streams: ForwardContext['streams'] = new Map();
  let lastStreamId = 0;

  const hop = runtime.createHop('routing', (request) => {
    const compiled = policies.get(request.revision);
    if (compiled !== undefined) route(request, compiled.policy);
    else void routeLater(request);
  });
  const context: ForwardContext = {
    hop,
    puller: new BodyPuller(runtime.pipeline, hop, 'routing', instance),
    instance,
    newStreamId: () => (lastStreamId = (lastStreamId % 0xffff_fffe) + 1),
    streams,
    deny: (request, { id }, denial, facts) => runtime.deny(hop, request, id, denial, { write: (writer) => writeRouting(writer, facts) }),
    onAnswered: (request, { upstream, upstreamStatus }) =>
      runtime.trace(request, '', { 'sallyport.upstream': upstream, 'http.response.status_code': upstreamStatus }),
    onTampered: (request, { id }) =>
      runtime.publishFault('body_mismatch', 'A body is not the one that validation inspected.', {
        request_id: request.requestId,
        route: id,
      }),
    onFailure: (request, { reason, detail }) => logger.warn({ requestId: request.requestId, reason, detail }, 'the upstream failed'),
  };

  function route(request: Parameters<typeof forwardRequest>[1], policy: RoutingPolicy): void {
    const found = policy.routes[request.routeIndex];
    if (found === undefined) runtime.deny(hop, request, undefined, deny('route_unmatched'));
    else {
      runtime.decisions.add('allow');
      forwardRequest(context, request, policy, found);
    }
  }

  async function routeLater(request: Parameters<typeof forwardRequest>[1]): Promise<void> {
    const compiled = await runtime.awaitRevision(policies, request);
    if (compiled === undefined) runtime.deny(hop, request, undefined, deny('policy_unavailable'));
    else route(request, compiled.policy);
  }

  await runtime.followPolicy(policies);
  runtime.pipeline.subscribe(subjects.credit(instance), {
    callback: (error, { data }) => {
      if (error !== null) return;
      const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      forEachEntry(buffer, (start, end) => {
        const { streamId, bytes, cancel } = readCredit(new Sections(buffer, start, end));
        if (cancel) streams.get(streamId)?.cancel();
        else streams.get(streamId)?.addCredit(bytes);
      });
    },
  });
  await runtime.listen({ subject: subjects.routing, queue: 'routing' }, hop);
  return () => runtime.stop();
});
