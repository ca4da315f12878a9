// The way of one request through a mock: logged, authenticated, scripted, answered, sent.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import type { Handlers } from '../api/bind.ts';
import { bind } from '../api/bind.ts';
import { routes } from '../api/routes.gen.ts';
import { OciError } from '../src/oci/errors.ts';
import type { Exchange } from './exchange.ts';
import { noFault } from './fault.ts';
import { Gate } from './gate.ts';
import type { Listener } from './listener.ts';
import { identify } from './operation.ts';
import type { MockBody, Reply } from './reply.ts';
import { errorReply } from './reply.ts';
import type { LoggedRequest, Outcome, RequestEntry, RequestLog, Via } from './request-log.ts';
import type { Script } from './script.ts';
import { end, send } from './send.ts';

interface ExchangeEnv {
  Bindings: HttpBindings & { exchange: Exchange };
}

export interface Stages {
  readonly log: RequestLog;
  readonly script: Script;
  /** whether a listener plays this part */
  serves(listener: Listener, via: Via): boolean;
  /** whether the registry refuses the request */
  authenticate(request: LoggedRequest): Reply | undefined;
  /** what is answered in place of the contract's handlers, such as a redirect */
  intercept(request: LoggedRequest): Reply | undefined;
  /** what every answer carries besides */
  headers(request: LoggedRequest): Readonly<Record<string, string>>;
}

/** What a listener calls for each request. */
export type Dispatch = (
  listener: Listener,
  request: Request,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
) => Promise<void>;

export function makeDispatch(handlers: Handlers<Exchange, MockBody>, stages: Stages): Dispatch {
  const app = contractApp(handlers, stages);
  return async (listener, request, incoming, outgoing) => {
    const { promise: gone, resolve } = Promise.withResolvers<undefined>();
    outgoing.once('close', () => resolve(undefined));
    outgoing.on('error', () => undefined);
    const entry = makeEntry(listener, incoming);
    if (incoming.method === 'POST') entry.form = await request.text();
    const denial = entry.via === 'registry' ? stages.authenticate(entry) : undefined;
    entry.denied = denial !== undefined;
    const fault = stages.script.take(entry) ?? noFault;
    stages.log.add(entry);
    const socket = listener.connections.beneath(incoming.socket);
    const exchange: Exchange = { entry, incoming, outgoing, socket, gone, fault };
    const outcome = await answer();
    stages.log.finish(entry, outcome);

    async function answer(): Promise<Outcome> {
      const { weather } = listener.connections;
      const refusal = {
        serve: undefined,
        plain: undefined,
        silent: 'silence',
        reset: 'reset',
        close: 'close',
      } as const;
      const refused = refusal[weather] ?? fault.refusal;
      for (const wait of fault.waits) {
        await (wait instanceof Gate ? wait.pass(gone) : Promise.race([sleep(wait), gone]));
      }
      if (refused === 'silence') return gone.then(() => 'cut');
      if (refused !== undefined) return end(exchange, refused);
      const reply = fault.reply?.(entry) ?? denial ?? ownReply(listener, exchange);
      if (reply !== undefined) return send(exchange, reply);
      await app.fetch(request, { incoming, outgoing, exchange });
      return entry.outcome;
    }
  };

  /** An answer that is none of the contract's. */
  function ownReply(listener: Listener, { entry }: Exchange): Reply | undefined {
    if (!stages.serves(listener, entry.via))
      return errorReply(new OciError('UNKNOWN', 'not here', { status: 404 }));
    if (entry.via === 'registry' && entry.method !== 'GET' && entry.method !== 'HEAD') {
      return errorReply(
        new OciError('UNSUPPORTED', 'this registry is read-only', { headers: { Allow: 'GET, HEAD' } }),
      );
    }
    try {
      return stages.intercept(entry);
    } catch (error) {
      return errorReply(error);
    }
  }
}

function contractApp(
  handlers: Handlers<Exchange, MockBody>,
  { headers }: Pick<Stages, 'headers'>,
): Hono<ExchangeEnv> {
  const app = new Hono<ExchangeEnv>();
  const respond = async (exchange: Exchange, reply: Reply): Promise<Response> => {
    const more = headers(exchange.entry);
    exchange.entry.outcome = await send(exchange, { ...reply, headers: { ...reply.headers, ...more } });
    return RESPONSE_ALREADY_SENT;
  };
  bind(app, routes, handlers, {
    request: (context) => context.env.exchange,
    respond: (context, reply) => respond(context.env.exchange, reply),
  });
  app.onError((error, context) => respond(context.env.exchange, errorReply(error)));
  app.notFound((context) =>
    respond(context.env.exchange, errorReply(new OciError('UNKNOWN', 'no such path', { status: 404 }))),
  );
  return app;
}

function makeEntry(
  listener: Listener,
  { method = 'GET', url = '/', headers, socket }: IncomingMessage,
): RequestEntry {
  const { range, authorization, 'user-agent': userAgent } = headers;
  const [path = '/'] = url.split('?');
  const { subject } = ((socket as Partial<TLSSocket>).getPeerCertificate?.() ??
    {}) as Partial<PeerCertificate>;
  const clientName = subject?.CN;
  return {
    method,
    url,
    origin: listener.origin,
    ...identify(method, path),
    ...(range !== undefined && { range }),
    ...(authorization !== undefined && { authorization }),
    ...(userAgent !== undefined && { userAgent }),
    headers,
    ...(typeof clientName === 'string' && { clientName }),
    denied: false,
    bytesSent: 0,
    outcome: 'pending',
  };
}
