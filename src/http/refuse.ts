// The answer to those who get none: ahead of everything that could answer them, and told as every other request is.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../log/log.ts';
import { errorBody } from '../oci/errors.ts';
import type { OciError } from '../oci/errors.ts';
import { endAccess, newAccessRecord } from './access-record.ts';
import type { Measure } from './access-record.ts';
import { sendAtOnce } from './send-at-once.ts';

/** What is told of those who are turned away. */
export interface RefusalOptions {
  readonly log: Log;
  readonly measure: Measure;
}

export function refuse(
  error: OciError,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { log, measure }: RefusalOptions,
): false {
  const record = newAccessRecord(incoming.method ?? '', incoming.url ?? '');
  sendAtOnce(
    { incoming, outgoing, record, log },
    {
      status: error.status,
      headers: { 'Content-Type': 'application/json', ...error.headers },
      body: Buffer.from(JSON.stringify(errorBody(error))),
    },
  );
  endAccess(record, log, measure);
  return false;
}
