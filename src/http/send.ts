// Sends an answer to Node's outgoing message: web streams are never on a byte path.
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { Answer } from '../../api/contract.ts';
import type { Log } from '../log/log.ts';
import { beginAnswer } from './access-record.ts';
import type { Body } from './body.ts';
import type { BodySender } from './body-sender.ts';
import type { Environment } from './environment.ts';
import { cutOff, headersOf, sendAtOnce } from './send-at-once.ts';

/**
 * Sends headers and body. A body that cannot be finished ends in a destroyed connection, so that no client takes
 * what it has for the whole.
 */
export async function send(
  context: Context<Environment>,
  answer: Answer<Body>,
  { sender, log }: { readonly sender: BodySender; readonly log: Log },
): Promise<Response> {
  const { incoming, outgoing } = context.env;
  const { body, ...head } = answer;
  const record = context.get('record');
  const exchange = { incoming, outgoing, record, log };
  if (body === undefined || Buffer.isBuffer(body)) {
    sendAtOnce(exchange, { ...head, ...(body !== undefined && { body }) });
    return RESPONSE_ALREADY_SENT;
  }
  beginAnswer(record, answer.status);
  record.aborted = outgoing.destroyed;
  try {
    if (record.aborted) return RESPONSE_ALREADY_SENT;
    const noBody = context.req.method === 'HEAD';
    outgoing.writeHead(answer.status, headersOf(answer));
    if (noBody) outgoing.end();
    else {
      await sender.send(outgoing, body.parts, (bytes) => (record.bytes += bytes));
      outgoing.end();
    }
  } catch (error) {
    cutOff(exchange, error);
  } finally {
    await body.close();
  }
  return RESPONSE_ALREADY_SENT;
}
