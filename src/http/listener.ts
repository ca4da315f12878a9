// A Node server for an app, and the moment when it listens.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, ListenOptions } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Scheme } from '../config/config.ts';
import { errorBody, OciError } from '../oci/errors.ts';
import { runQueue } from '../thread/run-queue.ts';
import type { ServerCertificate } from './server-certificate.ts';

/** What an app makes of a request; `env` are Node's own messages. */
export type Fetch = Parameters<typeof getRequestListener>[0];

/** How long a client may take to send its headers. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
/** How often that is looked at; Node's own 30 s would make of ten seconds forty. */
const CHECK_MS = 1_000;
const KEEP_ALIVE_MS = 65_000;
/** A client that has taken no byte for so long is gone. */
const IDLE_MS = 300_000;
/** How often connections that have fallen idle are closed at the end. */
const SWEEP_MS = 50;

type Question<T> = (incoming: IncomingMessage, outgoing: ServerResponse) => T;
type RequestListener = Question<void>;

export interface ListenerOptions {
  /** Milliseconds that a client may take to send all of a request; 0 for those whose bodies are long. */
  readonly requestMs?: number;
  /** Asked before anything can answer: whether the request may be answered, or has been refused. */
  readonly admits?: Question<boolean | Promise<boolean>> | undefined;
  /** Asked before the app: answers a request by itself, or returns false with nothing done. */
  readonly ahead?: Question<boolean>;
  /** Whether each answer is the last on its connection. */
  readonly isLast?: () => boolean;
  /** Of TLS; plain HTTP where there is none. */
  readonly certificate?: ServerCertificate | undefined;
}

/** Does not listen yet. */
export function createListener(
  fetch: Fetch,
  {
    requestMs = REQUEST_MS,
    admits = () => true,
    ahead = () => false,
    isLast = () => false,
    certificate,
  }: ListenerOptions = {},
): Server {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false, errorHandler: unreadable });
  const answer: RequestListener = (incoming, outgoing) => {
    if (!ahead(incoming, outgoing)) void listener(incoming, outgoing);
  };
  const times = {
    headersTimeout: HEADERS_MS,
    requestTimeout: requestMs,
    connectionsCheckingInterval: CHECK_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const begin: RequestListener = (incoming, outgoing) => {
    if (isLast()) outgoing.shouldKeepAlive = false;
    // At once, for the next request on it would meet a server that is about to go.
    outgoing.once('finish', () => {
      if (isLast()) incoming.socket.end();
    });
    const admitted = admits(incoming, outgoing);
    if (admitted === true) answer(incoming, outgoing);
    else if (admitted !== false) {
      void admitted.then((isAdmitted) => {
        if (isAdmitted) answer(incoming, outgoing);
      });
    }
  };
  const onRequest: RequestListener = (incoming, outgoing) => {
    if (runQueue.isFree) begin(incoming, outgoing);
    else {
      void runQueue.turn().then(() => {
        // Who has gone meanwhile wants nothing any more.
        if (!incoming.socket.destroyed) begin(incoming, outgoing);
      });
    }
  };
  const server =
    certificate === undefined
      ? createServer(times, onRequest)
      : createSecureListener(times, certificate, onRequest);
  server.setTimeout(IDLE_MS);
  return server;
}

function createSecureListener(
  times: object,
  certificate: ServerCertificate,
  onRequest: RequestListener,
): Server {
  const server = createTlsServer(
    {
      ...times,
      ...certificate.current,
      handshakeTimeout: HEADERS_MS,
      ALPNProtocols: ['http/1.1'],
      requestCert: certificate.clientMust,
      rejectUnauthorized: certificate.clientMust,
    },
    onRequest,
  );
  certificate.follow((next) => server.setSecureContext(next));
  return server;
}

/** The answer to what does not even reach the app: a request line or a Host header that make no URL. */
function unreadable(): Response {
  const error = new OciError('NAME_INVALID', 'the request line or the Host header makes no URL');
  return Response.json(errorBody(error), { status: error.status });
}

/** @throws {Error} with `code` EADDRINUSE, EACCES or the like */
export async function listen(server: Server, where: ListenOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(where, resolve);
  await promise;
  server.off('error', reject);
}

/** Ends at once, also what is being answered. */
export async function closeListener(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

/** Keep-alive connections are closed as they fall idle, those that are answered when they are done or time is up. */
export async function drain(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}

export function addressOf(host: string, port: number): ListenOptions {
  return { port, ...(host !== '' && { host }) };
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

export function urlOf(host: string, server: Server, scheme: Scheme = 'http'): string {
  const name = host === '' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${scheme}://${name}:${portOf(server)}`;
}
