// The distribution API as a Hono app: strict paths, one error shape, one access line a request.
import { Hono } from 'hono';
import type { Context } from 'hono';
import { bind } from '../../api/bind.ts';
import { routes } from '../../api/routes.gen.ts';
import type { Log } from '../log/log.ts';
import { errorBody, OciError } from '../oci/errors.ts';
import { parseReference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { endAccess, newAccessRecord } from './access-record.ts';
import type { Measure } from './access-record.ts';
import type { Body } from './body.ts';
import type { BodySender } from './body-sender.ts';
import type { Environment } from './environment.ts';
import { createHandlers } from './handlers.ts';
import type { HandlerRequest } from './handlers.ts';
import type { Hits } from './hits.ts';
import { knownError } from './known-error.ts';
import { send } from './send.ts';

export interface AppOptions {
  /** Takes what a request means, of those that may come again. */
  readonly learn?: Hits['learn'];
  readonly measure?: Measure;
}

export function createApp(
  registry: Registry,
  sender: BodySender,
  log: Log,
  { learn = () => undefined, measure = () => undefined }: AppOptions = {},
): Hono<Environment> {
  const app = new Hono<Environment>();

  app.use(async (context, next) => {
    const { incoming } = context.env;
    const record = newAccessRecord(incoming.method ?? '', incoming.url ?? '');
    context.set('record', record);
    await next();
    endAccess(record, log, measure);
  });

  app.use(async (context, next) => {
    const { method, url = '' } = context.env.incoming;
    refuseAmbiguous(url);
    if (method !== 'GET' && method !== 'HEAD') refuseWriting(method, url);
    await next();
  });

  bind<Environment, HandlerRequest, Body, typeof routes>(app, routes, createHandlers(registry), {
    request: (context) => ({
      // The first, where there are several: it is the one that Node and everybody else goes by.
      host: context.env.incoming.headers.host,
      via: context.req.header('via'),
      record: context.get('record'),
      learn: (meaning) => learn(context.env.incoming, meaning),
    }),
    respond: (context, answer) => send(context, answer, { sender, log }),
  });

  async function fail(context: Context<Environment>, error: unknown): Promise<Response> {
    const known = knownError(error, log);
    const headers = { 'Content-Type': 'application/json', ...known.headers };
    const body = Buffer.from(JSON.stringify(errorBody(known)));
    if (log.enabled('debug'))
      log.debug('request refused', { path: context.get('record').path, error: known });
    return send(context, { status: known.status, headers, body }, { sender, log });
  }

  app.notFound((context) =>
    fail(context, new OciError('NAME_UNKNOWN', 'there is no such endpoint', { status: 404 })),
  );
  app.onError((error, context) => fail(context, error));
  return app;
}

/** @throws {OciError} UNSUPPORTED; of a reference that no registry could write under, what is wrong with it */
function refuseWriting(method = '', url: string): never {
  const reference = /\/manifests\/([^/?]+)(?:\?|$)/.exec(url)?.[1];
  if (reference !== undefined) parseReference(decodeURIComponent(reference));
  throw new OciError(
    'UNSUPPORTED',
    `this server is pull-only and does not do ${method}; push to the registry itself`,
    {
      status: 405,
      headers: { Allow: 'GET, HEAD' },
    },
  );
}

/**
 * There is one way to write a path. Whatever another parser could read differently is refused: encoded characters
 * (but the colon of a digest or a port, which some clients encode), dot segments, empty segments, absolute URIs.
 */
function refuseAmbiguous(url: string): void {
  const [path = ''] = url.split('?', 1);
  if (!path.startsWith('/') || /%(?!3a)|\/\/|\/\.{1,2}(?:\/|$)|[\\#]/i.test(path)) {
    throw new OciError('NAME_INVALID', 'the path has encoded characters, empty segments or dot segments');
  }
}
