import { RefusedError } from '../apply-policy.js';
import type { ControlContext } from '../control-context.js';
import { mergeMetrics } from '../merge-metrics.js';
import type { AdminRoute } from './router.js';

export function systemRoutes(context: ControlContext): AdminRoute[] {
  const { instances, state, registry } = context;
  return [
    {
      method: 'GET',
      path: '/healthz',
      open: true,
      summary: 'Whether control itself runs and has the broker',
      handle: async () => {
        if (!context.brokerUp()) throw new RefusedError(503, 'NATS cannot be reached');
        return { status: 'ok' };
      },
    },
    {
      method: 'GET',
      path: '/readyz',
      open: true,
      summary: 'Whether requests can be served: every stage has a live instance that serves the newest revision',
      handle: async () => {
        if (!context.brokerUp()) throw new RefusedError(503, 'NATS cannot be reached');
        const { current } = state;
        if (current === undefined) throw new RefusedError(503, 'there is no policy yet');
        const { missing } = instances;
        if (missing.length > 0) throw new RefusedError(503, `no live instance of ${missing.join(', ')}`);
        const lagging = instances.lagging(current.manifest.revision);
        if (lagging.length > 0) throw new RefusedError(503, `not at revision ${current.manifest.revision}: ${lagging.map((l) => l.service).join(', ')}`);
        return { status: 'ready', revision: current.manifest.revision };
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      open: true,
      summary: 'Metrics of all live instances, in the text format of Prometheus',
      handle: async ({ response }) => {
        const texts = [await registry.metrics(), ...(await instances.collectMetrics())];
        response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
        response.end(mergeMetrics(texts));
        return undefined;
      },
    },
    {
      method: 'GET',
      path: '/api/v1/status',
      summary: 'Services, instances, the revision each serves, and what lags',
      handle: async () => ({
        revision: state.current?.manifest.revision ?? 0,
        missing: instances.missing,
        instances: [...instances.alive].sort((a, b) => (a.service + a.instance).localeCompare(b.service + b.instance)),
      }),
    },
  ];
}
