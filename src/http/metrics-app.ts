// What those who watch may ask: the metrics, and what the health port answers.
import type { Env, Hono } from 'hono';
import { metricsRoutes } from '../../api/metrics-routes.gen.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { healthHandlers } from './health.ts';
import type { ServerState } from './server-state.ts';
import { answering, createSmallApp } from './small-app.ts';

export function createMetricsApp(metrics: Metrics, state: ServerState, log: Log): Hono {
  const app = createSmallApp(log);
  answerMetrics(app, metrics, state);
  return app;
}

export function answerMetrics<E extends Env>(app: Hono<E>, metrics: Metrics, state: ServerState): void {
  answering(app, metricsRoutes, {
    metricsGet: async () => ({
      status: 200,
      headers: { 'Content-Type': metrics.contentType },
      body: await metrics.text(),
    }),
    ...healthHandlers(state),
  });
}
