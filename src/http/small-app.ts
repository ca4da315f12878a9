// An app beside the distribution API: one error shape, no access log.
import { Hono } from 'hono';
import type { Env } from 'hono';
import type { BlankEnv } from 'hono/types';
import { bind } from '../../api/bind.ts';
import type { Handlers } from '../../api/bind.ts';
import type { RouteTable } from '../../api/contract.ts';
import type { Log } from '../log/log.ts';
import { errorBody, OciError } from '../oci/errors.ts';
import { knownError } from './known-error.ts';

/** Answers with the operations that are bound to it. */
export function createSmallApp<E extends Env = BlankEnv>(log: Log): Hono<E> {
  const app = new Hono<E>();
  app.notFound(() => refusal(new OciError('NAME_UNKNOWN', 'there is no such endpoint', { status: 404 })));
  app.onError((error) => refusal(knownError(error, log)));
  return app;
}

/** Answers operations whose answers are text, and at hand. */
export function answering<E extends Env, Table extends RouteTable>(
  app: Hono<E>,
  table: Table,
  handlers: Handlers<undefined, string, Table>,
): void {
  bind(app, table, handlers, {
    request: () => undefined,
    respond: (_, { status, headers, body }) => new Response(body ?? null, { status, headers }),
  });
}

export function refusal(error: OciError): Response {
  return Response.json(errorBody(error), { status: error.status, headers: error.headers });
}
