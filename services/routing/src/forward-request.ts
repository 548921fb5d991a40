import { readAuth, readValidation, type RoutingFacts } from '@sallyport/envelope';
import type { BodyPuller, Hop, HopRequest } from '@sallyport/pipeline';
import { deny, type Deny } from '@sallyport/verdict';
import { AnswerSender } from './answer-sender.js';
import type { RoutingPolicy, RoutingRoute } from './policy.js';
import { pullBody } from './pulled-body.js';
import { buildUpstreamHeaders, filterResponseHeaders, hasDigest, type UpstreamControl, type UpstreamFailure } from './upstream/index.js';

export interface ForwardContext {
  readonly hop: Hop;
  readonly puller: BodyPuller;
  readonly instance: string;
  readonly newStreamId: () => number;
  /** Streams that credit may come for. */
  readonly streams: Map<number, { addCredit(bytes: number): void; cancel(): void }>;
  readonly deny: (request: HopRequest, route: RoutingRoute, denial: Deny, facts: RoutingFacts) => void;
  /** The body that came is not the one that validation inspected. */
  readonly onTampered: (request: HopRequest, route: RoutingRoute) => void;
  /** The answer has been handed to the ingress, whole or to its end. */
  readonly onAnswered: (request: HopRequest, facts: RoutingFacts) => void;
  readonly onFailure: (request: HopRequest, failure: UpstreamFailure) => void;
}

const details: Readonly<Record<string, string>> = {
  upstream_failed: 'The service behind the gateway could not be reached or broke off.',
  upstream_timeout: 'The service behind the gateway did not answer in time.',
};

/** Sends one request to its upstream and the answer back to the ingress. */
export function forwardRequest(context: ForwardContext, request: HopRequest, policy: RoutingPolicy, route: RoutingRoute): void {
  const validation = readValidation(request.sections);
  const inline = request.inlineBody();
  if (inline !== undefined && validation.bodySha256.length > 0 && !hasDigest(inline, validation.bodySha256)) {
    context.onTampered(request, route);
    context.deny(request, route, deny('stage_unavailable'), factsOf(request, route, 0, 0));
    return;
  }
  const auth = readAuth(request.sections);
  const sentAtMs = performance.now();
  let control: UpstreamControl | undefined;
  let tampered = false;
  let status = 0;
  let streamId = 0;
  const facts = () => factsOf(request, route, status, (performance.now() - sentAtMs) * 1000);
  const sender = new AnswerSender({
    hop: context.hop,
    request,
    instance: context.instance,
    newStreamId: context.newStreamId,
    onStream: (id) => {
      streamId = id;
      context.streams.set(id, {
        addCredit: (bytes) => {
          if (sender.addCredit(bytes)) control?.resume();
        },
        cancel: () => {
          context.streams.delete(id);
          control?.cancel();
        },
      });
    },
    facts,
  });
  const hasBody = request.bodyBytes !== 0;
  const body = inline ?? (hasBody ? pullBody({
    puller: context.puller,
    request,
    sha256: validation.bodySha256,
    onMismatch: () => {
      tampered = true;
      context.onTampered(request, route);
    },
  }) : undefined);

  control = policy.upstreams.send(
    {
      upstream: route.upstream,
      method: request.method,
      path: request.query === '' ? request.path : `${request.path}?${request.query}`,
      headers: buildUpstreamHeaders(request.headers, {
        requestId: request.requestId,
        traceparent: request.traceparent,
        consumerId: auth.consumer === '' ? undefined : auth.consumer,
        scopes: auth.scopes === '' ? [] : auth.scopes.split(' '),
        clientIp: request.clientIp,
        tls: request.tls,
        host: request.host,
        viaTrustedProxy: request.viaTrustedProxy,
      }),
      body,
    },
    {
      onHead: (code, headers, contentLength) => {
        status = code;
        sender.head(code, filterResponseHeaders(headers), contentLength);
      },
      onData: (chunk) => sender.data(chunk),
      onEnd: () => {
        context.streams.delete(streamId);
        sender.end();
        context.onAnswered(request, facts());
      },
      onError: (failure) => {
        context.streams.delete(streamId);
        context.onFailure(request, failure);
        if (sender.streaming) sender.abort();
        else {
          sender.discard();
          const reason = tampered ? 'stage_unavailable' : failure.reason;
          const detail = details[reason];
          context.deny(request, route, deny(reason, detail === undefined ? {} : { detail }), facts());
        }
      },
    },
  );
}

/** The stage's own time is what was not spent waiting for the upstream. */
function factsOf(request: HopRequest, route: RoutingRoute, status: number, upstreamUs: number): RoutingFacts {
  return {
    elapsedUs: Math.max(0, request.elapsedUs() - upstreamUs),
    upstream: route.upstream,
    upstreamUs,
    upstreamStatus: status,
  };
}
