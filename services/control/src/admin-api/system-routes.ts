import { z } from 'zod';
import type { ControlContext } from '../control-context.js';
import { mergeMetrics } from '../merge-metrics.js';
import { readMetric } from '../read-metric.js';
import { findReadinessProblems } from '../readiness.js';
import { RefusedError } from '../refused-error.js';
import type { AdminRoute } from './admin-route.js';
import { statusSchema } from './answer-schemas.js';

export function systemRoutes(context: ControlContext): AdminRoute[] {
  const { instances, state, registry } = context;
  const problems = () => findReadinessProblems(context.brokerUp(), state, instances);
  return [
    {
      method: 'GET',
      path: '/healthz',
      open: true,
      summary: 'Whether control itself runs and has the broker',
      responseSchema: z.object({ status: z.literal('ok') }),
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
      responseSchema: z.object({ status: z.literal('ready'), revision: z.int() }),
      handle: async () => {
        const found = problems();
        if (found.length > 0) throw new RefusedError(503, found.join('; '), found);
        return { status: 'ready', revision: state.currentRevision };
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      open: true,
      summary: 'Metrics of all live instances, in the text format of Prometheus',
      responseType: 'text/plain',
      handle: async ({ response }) => {
        // Control's own come over the bus as well, unless the broker is down.
        const texts = context.brokerUp() ? await instances.collectMetrics() : [await registry.metrics()];
        response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
        response.end(mergeMetrics(texts));
        return undefined;
      },
    },
    {
      method: 'GET',
      path: '/api/v1/status',
      summary: 'Services, instances, the revision each serves, and what lags',
      responseSchema: statusSchema,
      handle: async () => {
        const [metrics, warehouseUp] = await Promise.all([context.brokerUp() ? instances.collectMetrics() : [], context.warehouse.isUp()]);
        const found = problems();
        const sum = (name: string) => readMetric(metrics, name).reduce((a, b) => a + b, 0);
        const lags = readMetric(metrics, 'sallyport_recorder_lag_seconds');
        return {
          revision: state.currentRevision,
          ready: found.length === 0,
          problems: found,
          missing: instances.missing,
          instances: instances.alive.toSorted((a, b) => `${a.service}/${a.instance}`.localeCompare(`${b.service}/${b.instance}`)),
          recording: {
            warehouseUp,
            lagSeconds: lags.length === 0 ? null : Math.max(...lags),
            waitingBytes: sum('sallyport_ingress_records_waiting_bytes'),
            waitingEvents: sum('sallyport_events_waiting'),
          },
        };
      },
    },
  ];
}
