// Sends an answer to Node's outgoing message: web streams are never on a byte path.
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { Answer } from '../../api/contract.ts';
import type { Log } from '../log/log.ts';
import { bodyLength } from './body.ts';
import type { Body } from './body.ts';
import type { BodySender } from './body-sender.ts';
import type { Environment } from './environment.ts';

/**
 * Sends headers and body. A body that cannot be finished ends in a destroyed connection, so that no client takes
 * what it has for the whole.
 */
export async function send(
  context: Context<Environment>,
  answer: Answer<Body>,
  { sender, log }: { readonly sender: BodySender; readonly log: Log },
): Promise<Response> {
  const { outgoing } = context.env;
  const { body } = answer;
  const record = context.get('record');
  record.status = answer.status;
  try {
    if (outgoing.destroyed) return RESPONSE_ALREADY_SENT;
    const noBody = context.req.method === 'HEAD' || body === undefined;
    outgoing.writeHead(answer.status, {
      'Docker-Distribution-Api-Version': 'registry/2.0',
      ...(answer.status !== 304 &&
        !('Content-Length' in answer.headers) && { 'Content-Length': bodyLength(body) }),
      ...answer.headers,
    });
    if (noBody) outgoing.end();
    else if (Buffer.isBuffer(body)) {
      outgoing.end(body);
      record.bytes = body.length;
    } else {
      await sender.send(outgoing, body.parts, (bytes) => (record.bytes += bytes));
      outgoing.end();
    }
  } catch (error) {
    record.aborted = true;
    if (!outgoing.destroyed) log.warn('a body was cut off', { path: record.path, error: String(error) });
    outgoing.destroy();
  } finally {
    if (body !== undefined && !Buffer.isBuffer(body)) await body.close();
  }
  return RESPONSE_ALREADY_SENT;
}
