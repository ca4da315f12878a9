// Sends an answer whose bytes are at hand.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '../../api/contract.ts';
import type { Log } from '../log/log.ts';
import { beginAnswer } from './access-record.ts';
import type { AccessRecord } from './access-record.ts';
import { bodyLength } from './body.ts';
import type { Body } from './body.ts';

/** Where an answer goes, and what the access log will say of it. */
export interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly record: AccessRecord;
  readonly log: Log;
}

export function sendAtOnce(exchange: Exchange, answer: Answer<Buffer>): void {
  const { incoming, outgoing, record } = exchange;
  beginAnswer(record, answer.status);
  record.aborted = outgoing.destroyed;
  if (record.aborted) return;
  try {
    outgoing.writeHead(answer.status, headersOf(answer));
    const body = incoming.method === 'HEAD' ? undefined : answer.body;
    outgoing.end(body);
    record.bytes = bodyLength(body);
  } catch (error) {
    cutOff(exchange, error);
  }
}

export function headersOf({ status, headers, body }: Answer<Body>): Record<string, string | number> {
  return {
    'Docker-Distribution-Api-Version': 'registry/2.0',
    ...(status !== 304 && !('Content-Length' in headers) && { 'Content-Length': bodyLength(body) }),
    ...headers,
  };
}

/** No client is to take what it has for the whole. */
export function cutOff({ outgoing, record, log }: Exchange, error: unknown): void {
  record.aborted = true;
  if (!outgoing.destroyed) log.warn('a body was cut off', { path: record.path, error: String(error) });
  outgoing.destroy();
}
