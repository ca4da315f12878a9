// A fault: what goes wrong with one answer. Rules describe them, send.ts carries them out.
import type { Gate } from './gate.ts';
import type { Reply } from './reply.ts';
import type { LoggedRequest } from './request-log.ts';

/** How an answer ends before its time: by a TCP reset, or by an orderly close of the connection. */
export type Cut = 'reset' | 'close';

/** Something that happens when the body has come to an offset of its content. */
export interface Stop {
  /** counted in the whole content, whatever the range; below zero from its end */
  readonly at: number;
  readonly what: Cut | Gate;
}

export interface Fault {
  /** milliseconds, or gates, to wait for before anything is answered */
  readonly waits: readonly (Gate | number)[];
  /** instead of an answer: nothing, ever, or the end of the connection */
  readonly refusal?: 'silence' | Cut;
  /** instead of what the registry would say */
  readonly reply?: (request: LoggedRequest) => Reply;
  /** headers set over the answer's own; null takes one away */
  readonly headers: Readonly<Record<string, string | readonly string[] | null>>;
  readonly stops: readonly Stop[];
  /** bytes that each response gets before it is reset */
  readonly resetEvery?: number;
  /** offsets of the content whose byte is inverted; below zero from its end */
  readonly flips: readonly number[];
  readonly bytesPerSecond?: number;
  /** what is added to the true Content-Length */
  readonly lengthError?: number;
  /** no Content-Length: chunked, or ended by closing the connection as in HTTP/1.0 */
  readonly unknownLength?: 'chunked' | 'close';
  /** other bytes instead of the content's */
  readonly bytes?: Uint8Array;
  /** a whole answer of the first so many bytes */
  readonly shortenTo?: number;
  readonly ignoreRange?: boolean;
  readonly gzip?: boolean;
}

export const noFault: Fault = { waits: [], headers: {}, stops: [], flips: [] };
