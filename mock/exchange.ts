// An exchange: one request, the message that answers it, and what the script wants done to it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Fault } from './fault.ts';
import type { RequestEntry } from './request-log.ts';

export interface Exchange {
  readonly entry: RequestEntry;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** the TCP socket, also under TLS */
  readonly socket: Socket;
  /** resolves when the connection is closed or the answer has been sent */
  readonly gone: Promise<void>;
  readonly fault: Fault;
}
