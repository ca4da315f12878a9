// A reply: what a mock is about to send, before the script bends it.
import type { Answer } from '../api/contract.ts';
import { errorBody, OciError } from '../src/oci/errors.ts';
import type { Content } from './content.ts';
import { bytesContent } from './content.ts';

/** A part of some content. Faults count their offsets in the content, not in the part. */
export interface MockBody {
  readonly content: Content;
  readonly start: number;
  /** exclusive */
  readonly end: number;
}

/** Like an `Answer` of the contract, but of any status and with repeated headers. A HEAD gets the body's length only. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: MockBody;
}

export function wholeBody(content: Content): MockBody {
  return { content, start: 0, end: content.size };
}

export function bytesBody(bytes: Uint8Array | string): MockBody {
  return wholeBody(bytesContent(typeof bytes === 'string' ? Buffer.from(bytes) : bytes));
}

export function jsonAnswer<S extends number>(
  status: S,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer<MockBody, S> {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: bytesBody(JSON.stringify(value)),
  };
}

/** An error as the specification has it; what is no `OciError` is a bug of the mock and answers 500. */
export function errorReply(error: unknown): Reply {
  const known =
    error instanceof OciError ? error : new OciError('UNKNOWN', `the mock failed: ${String(error)}`);
  return jsonAnswer(known.status, errorBody(known), known.headers);
}
