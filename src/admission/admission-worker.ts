// The thread that answers the API server: whatever the pulls do, and whatever they would have to wait for it.
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { getRequestListener } from '@hono/node-server';
import { addressOf, drain, listen, urlOf } from '../http/listener.ts';
import { logThrough } from '../log/log.ts';
import { OciError } from '../oci/errors.ts';
import { createAdmissionApp } from './admission-app.ts';
import type { FromThread, ListenError, ThreadStart, ToThread } from './thread-messages.ts';
import type { Obstacles } from './verdict.ts';

/** An API server gives up after ten seconds by itself. */
const REQUEST_MS = 10_000;
const CHECK_MS = 1_000;
const KEEP_ALIVE_MS = 65_000;
const MAX_CONNECTIONS = 1000;
/** The cache answers from its memory: a server that does not in so long a time is not well. */
const ANSWER_MS = 5_000;

const start = workerData as ThreadStart;
let { policy } = start;
let lastQuestion = 0;
const questions = new Map<number, (obstacles: readonly (string | undefined)[] | undefined) => void>();

function tell(message: FromThread): void {
  parentPort?.postMessage(message);
}

/** @throws {OciError} when the server does not know, or does not answer: then the webhook's failurePolicy decides */
const obstacles: Obstacles = async (images) => {
  const question = (lastQuestion += 1);
  const { promise, resolve } = Promise.withResolvers<readonly (string | undefined)[] | undefined>();
  questions.set(question, resolve);
  const late = setTimeout(() => resolve(undefined), ANSWER_MS).unref();
  tell({ kind: 'question', question, images });
  const answer = await promise;
  clearTimeout(late);
  questions.delete(question);
  if (answer === undefined) {
    throw new OciError('UNAVAILABLE', 'the cache does not say what it can serve', { status: 503 });
  }
  return answer;
};

const log = logThrough(start.logLevel, (level, message, fields) =>
  tell({ kind: 'log', level, message, fields }),
);
const { fetch } = createAdmissionApp({ policy: () => policy, obstacles, log });
const server: Server = createServer(
  {
    ...start.certificate,
    handshakeTimeout: REQUEST_MS,
    headersTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: CHECK_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  },
  (incoming, outgoing) => void listener(incoming, outgoing),
);
const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
server.maxConnections = MAX_CONNECTIONS;

function obey(order: ToThread): void {
  switch (order.kind) {
    case 'certificate':
      server.setSecureContext(order.certificate);
      break;
    case 'policy':
      policy = order.policy;
      break;
    case 'obstacles':
      questions.get(order.question)?.(order.obstacles);
      break;
    case 'close':
      void drain(server, order.graceMs).then(() => parentPort?.close());
  }
}

async function begin(): Promise<void> {
  try {
    await listen(server, addressOf(start.host, start.port));
    const { port } = server.address() as AddressInfo;
    tell({ kind: 'listening', url: urlOf(start.host, server).replace(/^http:/, 'https:'), port });
  } catch (error) {
    tell({ kind: 'failed', error: listenError(error as NodeJS.ErrnoException & { readonly port?: number }) });
    parentPort?.close();
  }
}

function listenError({
  message,
  code,
  syscall,
  port,
}: NodeJS.ErrnoException & { readonly port?: number }): ListenError {
  return {
    message,
    ...(code !== undefined && { code }),
    ...(syscall !== undefined && { syscall }),
    ...(port !== undefined && { port }),
  };
}

parentPort?.on('message', obey);
void begin();
