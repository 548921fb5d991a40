/**
 * Fields that concern one connection (RFC 9110 §7.6.1) or the framing of one message, which each side writes anew. `Expect` is
 * answered by the ingress. Those that begin with `proxy-` belong to them too.
 */
export const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'content-length',
  'expect',
]);

/** Names that only the gateway may tell an upstream. */
export const ownRequestNames: ReadonlySet<string> = new Set(['x-request-id', 'traceparent', 'x-consumer-id', 'x-consumer-scopes']);

/** Where a client came from, as proxies state it: believed only from a trusted one. `x-forwarded-…` belongs to them too. */
export const provenanceNames: ReadonlySet<string> = new Set([
  'forwarded',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  // RFC 9440 §2.4.
  'client-cert',
  'client-cert-chain',
]);

/** What tells a stranger how the upstream is built, or (`alt-svc`) invites clients to go around the gateway. */
export const revealingNames: ReadonlySet<string> = new Set([
  'alt-svc',
  'liferay-portal',
  'powered-by',
  'server',
  'via',
  'x-aspnet-version',
  'x-aspnetmvc-version',
  'x-backend-server',
  'x-beserver',
  'x-calculatedbetarget',
  'x-cf-powered-by',
  'x-debug-token',
  'x-debug-token-link',
  'x-envoy-decorator-operation',
  'x-envoy-upstream-service-time',
  'x-feserver',
  'x-framework',
  'x-generated-by',
  'x-generator',
  'x-mod-pagespeed',
  'x-owa-version',
  'x-page-speed',
  'x-php-version',
  'x-powered-by',
  'x-powered-by-plesk',
  'x-powered-cms',
  'x-runtime',
  'x-served-by',
  'x-server',
  'x-server-powered-by',
  'x-sourcefiles',
  'x-turbo-charged-by',
  'x-umbraco-version',
  'x-varnish',
]);

/** The field names that `Connection` fields declare to be hop-by-hop; undefined where there are none. */
export function readConnectionOptions(headers: readonly string[]): ReadonlySet<string> | undefined {
  let options: Set<string> | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== 'connection') continue;
    for (const option of headers[i + 1]!.toLowerCase().split(',')) {
      const name = option.trim();
      if (name !== '' && name !== 'close' && name !== 'keep-alive') (options ??= new Set()).add(name);
    }
  }
  return options;
}
