// The admin API: what the commands ask of a running server, and what those who watch may ask besides.
import type { Hono } from 'hono';
import { adminRoutes } from '../../api/admin-routes.gen.ts';
import type { Answer, Schema, SchemaName } from '../../api/contract.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Registry, UpstreamStatus } from '../registry/registry.ts';
import { answerMetrics } from './metrics-app.ts';
import { answering, createSmallApp } from './small-app.ts';

export interface AdminParts {
  readonly registry: Pick<Registry, 'upstreams' | 'missed'>;
  readonly metrics: Metrics;
  readonly running: Schema<'RunningVersion'>;
}

export function createAdminApp({ registry, metrics, running }: AdminParts, log: Log): Hono {
  const app = createSmallApp(log);
  answering(app, adminRoutes, {
    versionGet: () => json<'RunningVersion'>(running),
    upstreamsList: () => json<'Upstreams'>({ upstreams: registry.upstreams().map(inContract) }),
    missedList: async () => json<'MissedContent'>({ missed: [...(await registry.missed())] }),
  });
  answerMetrics(app, metrics);
  return app;
}

function inContract({
  since,
  lastError,
  rateLimit,
  tokenExpiry,
  ...plain
}: UpstreamStatus): Schema<'Upstream'> {
  return {
    ...plain,
    since: since.toISOString(),
    ...(lastError !== undefined && {
      lastError: { reason: lastError.reason, at: lastError.at.toISOString() },
    }),
    ...(rateLimit !== undefined && { rateLimit: { ...rateLimit, at: rateLimit.at.toISOString() } }),
    ...(tokenExpiry !== undefined && {
      tokenExpiry: {
        earliest: tokenExpiry.earliest.toISOString(),
        latest: tokenExpiry.latest.toISOString(),
      },
    }),
  };
}

function json<Name extends SchemaName>(value: Schema<Name>): Answer<string, 200> {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(value),
  };
}
