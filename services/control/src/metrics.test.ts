import { describe, expect, it } from 'vitest';
import { mergeMetrics } from './merge-metrics.js';
import { readMetric } from './read-metric.js';

const a = '# HELP x_total Help.\n# TYPE x_total counter\nx_total{i="a"} 1\n# HELP y Y.\n# TYPE y gauge\ny{i="a"} 0.5\n';
const b = '# HELP x_total Help.\n# TYPE x_total counter\nx_total{i="b",l="}"} 2\n';

describe('metrics of several instances', () => {
  it('are put together with one HELP and TYPE each', () => {
    expect(mergeMetrics([a, b])).toBe(
      '# HELP x_total Help.\n# TYPE x_total counter\nx_total{i="a"} 1\nx_total{i="b",l="}"} 2\n\n# HELP y Y.\n# TYPE y gauge\ny{i="a"} 0.5\n',
    );
  });

  it('are read by name, whatever their labels', () => {
    expect(readMetric([a, b], 'x_total')).toEqual([1, 2]);
    expect(readMetric([a, b], 'y')).toEqual([0.5]);
    expect(readMetric([a, b], 'x')).toEqual([]);
  });
});
