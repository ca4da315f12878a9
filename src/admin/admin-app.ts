// The admin API: what the commands ask of a running server, and what those who watch may ask besides.
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { bind } from '../../api/bind.ts';
import { adminRoutes } from '../../api/admin-routes.gen.ts';
import { answerMetrics } from '../http/metrics-app.ts';
import type { ServerState } from '../http/server-state.ts';
import { createSmallApp } from '../http/small-app.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { AdminBody } from './answer.ts';
import { createHandlers } from './handlers.ts';
import type { AdminParts, AdminRequest } from './handlers.ts';
import { send } from './send.ts';

export interface AdminAppOptions {
  readonly metrics: Metrics;
  readonly state: ServerState;
  /** Aborted when the server is about to stop: what still runs ends then. */
  readonly stopping: AbortSignal;
  readonly log: Log;
}

export interface AdminEnvironment {
  Bindings: HttpBindings;
}

export function createAdminApp(
  parts: AdminParts,
  { metrics, state, stopping, log }: AdminAppOptions,
): Hono<AdminEnvironment> {
  const app = createSmallApp<AdminEnvironment>(log);
  bind<AdminEnvironment, AdminRequest, AdminBody, typeof adminRoutes>(
    app,
    adminRoutes,
    createHandlers(parts),
    {
      request({ env: { outgoing } }) {
        const gone = new AbortController();
        outgoing.once('close', () => gone.abort());
        return { signal: AbortSignal.any([gone.signal, stopping]) };
      },
      body: ({ env: { incoming } }) => ({
        contentType: incoming.headers['content-type'],
        // Node's own message: web streams are never on a byte path. Whoever has read enough still wants to answer.
        bytes: incoming.iterator({ destroyOnReturn: false }),
      }),
      async respond({ env: { incoming, outgoing } }, answer) {
        const sent = await send(outgoing, answer, log);
        // What nobody has read would keep a client waiting that sends all before it listens.
        incoming.resume();
        return sent;
      },
    },
  );
  answerMetrics(app, metrics, state);
  return app;
}
