// What those who watch may ask: the metrics, and whether the process is alive.
import type { Env, Hono } from 'hono';
import { metricsRoutes } from '../../api/metrics-routes.gen.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { answering, createSmallApp } from './small-app.ts';

export function createMetricsApp(metrics: Metrics, log: Log): Hono {
  const app = createSmallApp(log);
  answerMetrics(app, metrics);
  return app;
}

export function answerMetrics<E extends Env>(app: Hono<E>, metrics: Metrics): void {
  answering(app, metricsRoutes, {
    metricsGet: async () => ({
      status: 200,
      headers: { 'Content-Type': metrics.contentType },
      body: await metrics.text(),
    }),
    healthCheck: () => ({ status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'ok\n' }),
  });
}
