// Sends an answer to Node's outgoing message: web streams are never on a byte path.
import type { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { Answer } from '../../api/contract.ts';
import type { Log } from '../log/log.ts';
import type { Body, Slice } from './body.ts';
import type { Environment } from './environment.ts';
import { cutOff, headersOf, sendAtOnce } from './send-at-once.ts';

/** Large enough that the socket's overhead does not count, small enough for a thousand readers. */
const PIECE = 256 * 1024;

/**
 * Sends headers and body. A body that cannot be finished ends in a destroyed connection, so that no client takes
 * what it has for the whole.
 */
export async function send(context: Context<Environment>, answer: Answer<Body>, log: Log): Promise<Response> {
  const { incoming, outgoing } = context.env;
  const { body, ...head } = answer;
  const record = context.get('record');
  const exchange = { incoming, outgoing, record, log };
  if (body === undefined || Buffer.isBuffer(body)) {
    sendAtOnce(exchange, { ...head, ...(body !== undefined && { body }) });
    return RESPONSE_ALREADY_SENT;
  }
  record.status = answer.status;
  try {
    if (outgoing.destroyed) return RESPONSE_ALREADY_SENT;
    const noBody = context.req.method === 'HEAD';
    outgoing.writeHead(answer.status, headersOf(answer));
    if (noBody) outgoing.end();
    else await sendParts(outgoing, body.parts);
    record.bytes = noBody ? 0 : body.length;
  } catch (error) {
    cutOff(exchange, error);
  } finally {
    await body.close();
  }
  return RESPONSE_ALREADY_SENT;
}

async function sendParts(outgoing: ServerResponse, parts: readonly (Slice | Buffer)[]): Promise<void> {
  const longest = Math.max(...parts.map(({ length }) => length));
  const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE, longest));
  for (const part of parts) {
    if (Buffer.isBuffer(part)) await write(outgoing, part);
    else await sendSlice(outgoing, part, buffer);
  }
  outgoing.end();
}

/** The one buffer is filled again only when the socket has taken it. */
async function sendSlice(
  outgoing: ServerResponse,
  { file, start, length }: Slice,
  buffer: Buffer,
): Promise<void> {
  for (let sent = 0; sent < length;) {
    const count = await file.read(buffer, Math.min(buffer.length, length - sent), start + sent);
    if (count === 0) throw new Error(`the content ended at byte ${start + sent}`);
    await write(outgoing, buffer.subarray(0, count));
    sent += count;
  }
}

/** Rejects when the client has gone, for then nobody would call back. */
async function write(outgoing: ServerResponse, chunk: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const gone = (): void => reject(new Error('the client has gone'));
  if (outgoing.destroyed) throw new Error('the client has gone');
  outgoing.once('close', gone);
  outgoing.write(chunk, (error) => (error ? reject(error) : resolve()));
  await promise.finally(() => outgoing.off('close', gone));
}
