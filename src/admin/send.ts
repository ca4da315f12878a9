// Sends what an operation answers while it is still being made, at the client's pace.
import type { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Answer } from '../../api/contract.ts';
import { knownError } from '../http/known-error.ts';
import { write } from './write.ts';
import type { Log } from '../log/log.ts';
import { errorBody } from '../oci/errors.ts';
import type { AdminBody, ByteBody, EventBody } from './answer.ts';

/** A failure that comes this soon has a status of its own; a client need not wait longer to hear that it is heard. */
const FIRST_MS = 1_000;
/** How often an empty line says that work goes on of which there is nothing to tell. */
const BEAT_MS = 10_000;

export async function send(
  outgoing: ServerResponse,
  { status, headers, body }: Answer<AdminBody>,
  log: Log,
): Promise<Response> {
  if (body === undefined || typeof body === 'string') return new Response(body ?? null, { status, headers });
  const begin = (): void => {
    outgoing.writeHead(status, headers);
    outgoing.flushHeaders();
  };
  if ('events' in body) await sendEvents(outgoing, begin, body, log);
  else await sendBytes(outgoing, begin, body, log);
  return RESPONSE_ALREADY_SENT;
}

async function sendEvents(
  outgoing: ServerResponse,
  begin: () => void,
  { events }: EventBody,
  log: Log,
): Promise<void> {
  let beat: NodeJS.Timeout | undefined;
  await sendEach(outgoing, events, {
    begin() {
      begin();
      beat = setInterval(() => {
        if (outgoing.writableLength === 0) outgoing.write('\n');
      }, BEAT_MS);
    },
    written: (event) => `${JSON.stringify(event)}\n`,
    failed(error) {
      outgoing.end(`${JSON.stringify({ event: 'error', ...errorBody(knownError(error, log)) })}\n`);
    },
  }).finally(() => clearInterval(beat));
}

async function sendBytes(
  outgoing: ServerResponse,
  begin: () => void,
  { bytes }: ByteBody,
  log: Log,
): Promise<void> {
  await sendEach(outgoing, bytes, {
    begin,
    written: (chunk) => chunk,
    failed(error) {
      log.error('an answer was cut off', { error });
      // Without its last chunk, so that nobody takes what there is for the whole.
      outgoing.destroy();
    },
  });
}

interface Sending<T> {
  readonly begin: () => void;
  readonly written: (item: T) => Uint8Array | string;
  /** Called when the client still listens. */
  readonly failed: (error: unknown) => void;
}

/** @throws what is thrown before the headers are sent */
async function sendEach<T>(
  outgoing: ServerResponse,
  items: AsyncIterable<T>,
  { begin, written, failed }: Sending<T>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  let next = iterator.next();
  await soon(next);
  begin();
  try {
    for (let item = await next; item.done !== true; item = await next) {
      await write(outgoing, written(item.value));
      next = iterator.next();
    }
    outgoing.end();
  } catch (error) {
    await iterator.return?.();
    if (!outgoing.destroyed) failed(error);
  }
}

/** @throws what the work is rejected with, if that is soon */
async function soon(work: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, FIRST_MS);
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
