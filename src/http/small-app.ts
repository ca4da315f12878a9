// An app beside the distribution API: answers from memory, one error shape, no access log.
import { Hono } from 'hono';
import { bind } from '../../api/bind.ts';
import type { Handlers } from '../../api/bind.ts';
import type { RouteTable } from '../../api/contract.ts';
import type { Log } from '../log/log.ts';
import { errorBody, OciError } from '../oci/errors.ts';
import { knownError } from './known-error.ts';

/** Answers with the operations that {@link answering} adds. */
export function createSmallApp(log: Log): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    const { method } = context.req;
    if (method === 'GET' || method === 'HEAD') return next();
    throw new OciError('UNSUPPORTED', `nothing here does ${method}`, {
      status: 405,
      headers: { Allow: 'GET, HEAD' },
    });
  });
  app.notFound(() => refusal(new OciError('NAME_UNKNOWN', 'there is no such endpoint', { status: 404 })));
  app.onError((error) => refusal(knownError(error, log)));
  return app;
}

export function answering<Table extends RouteTable>(
  app: Hono,
  table: Table,
  handlers: Handlers<undefined, string, Table>,
): void {
  bind(app, table, handlers, {
    request: () => undefined,
    respond: (_, { status, headers, body }) => new Response(body ?? null, { status, headers }),
  });
}

function refusal(error: OciError): Response {
  return Response.json(errorBody(error), { status: error.status, headers: error.headers });
}
