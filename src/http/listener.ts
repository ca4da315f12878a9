// A Node server for an app, and the moment when it listens.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ListenOptions } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { errorBody, OciError } from '../oci/errors.ts';

/** What an app makes of a request; `env` are Node's own messages. */
type Fetch = Parameters<typeof getRequestListener>[0];

/** How long a client may take to send its headers. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const KEEP_ALIVE_MS = 65_000;
/** A client that has taken no byte for so long is gone. */
const IDLE_MS = 300_000;

/** Answers a request by itself, or returns false with nothing done. */
type Ahead = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;

/**
 * Does not listen yet.
 * @param ahead is asked before the app
 */
export function createListener(fetch: Fetch, ahead: Ahead = () => false): Server {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false, errorHandler: unreadable });
  const server = createServer(
    { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    (incoming, outgoing) => {
      if (!ahead(incoming, outgoing)) void listener(incoming, outgoing);
    },
  );
  server.setTimeout(IDLE_MS);
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
