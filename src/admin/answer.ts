// What an operation of the admin API answers: a value, events as they come, or bytes.
import type { Answer, Answering, EventOf, JsonAnswer } from '../../api/contract.ts';

/** Events that are told at the reader's pace. Ends when the request's signal is aborted, or soon after. */
export interface EventBody {
  readonly events: AsyncIterable<unknown>;
}

export interface ByteBody {
  readonly bytes: AsyncIterable<Uint8Array>;
}

export type AdminBody = string | EventBody | ByteBody;

/** A value, whole. */
export function json<Id extends Answering<'application/json'>>(value: JsonAnswer<Id>): Answer<string, 200> {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(value),
  };
}

/** A line of JSON for each event. What is thrown before the first one has its own status; later it is the last line. */
export function ndjson<Id extends Answering<'application/x-ndjson'>>(
  events: AsyncIterable<EventOf<Id>>,
): Answer<EventBody, 200> {
  return { status: 200, headers: { 'Content-Type': 'application/x-ndjson' }, body: { events } };
}

/** Bytes as they come. What is thrown before the first of them has its own status; later the connection breaks off. */
export function octets(
  bytes: AsyncIterable<Uint8Array>,
  headers: Readonly<Record<string, string>> = {},
): Answer<ByteBody, 200> {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/octet-stream', ...headers },
    body: { bytes },
  };
}
