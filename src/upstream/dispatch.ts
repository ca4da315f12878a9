// One request through undici: headers as a promise, the body as it comes.
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { ReplyBody } from './reply-body.ts';

export interface Dispatched {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: ReplyBody;
}

export interface DispatchObserver {
  /** Bytes of a body that have come. */
  received(bytes: number): void;
  /** Called once, when nothing more will come. */
  over(): void;
  /** Bytes of a body were read and may be received into again. */
  release(chunk: Buffer): void;
}

/** Answers that say no more than that another is to come; without a bound they keep the time limits from ending it. */
const MAX_INFORMATIONAL = 32;

/** @throws what `translate` makes of the connection's error, when there was no reply */
export function dispatch(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  translate: (error: unknown) => Error,
  observer: DispatchObserver,
  signal?: AbortSignal,
): Promise<Dispatched> {
  const { promise, resolve, reject } = Promise.withResolvers<Dispatched>();
  let body: ReplyBody | undefined;
  let stop: (() => void) | undefined;
  let informational = 0;
  const forget = (): void => {
    if (stop !== undefined) signal?.removeEventListener('abort', stop);
  };
  dispatcher.dispatch(options, {
    onRequestStart(controller) {
      // The same request starts again when its idle connection turns out to be closed.
      forget();
      stop = () => controller.abort(new Error('aborted'));
      if (signal?.aborted === true) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    },
    onResponseStart(controller, status, headers) {
      if (status < 200) {
        informational += 1;
        if (informational > MAX_INFORMATIONAL) controller.abort(new Error('it only announces an answer'));
        return;
      }
      body = new ReplyBody({ controller, translate, release: (chunk) => observer.release(chunk) });
      resolve({ status, headers, body });
    },
    onResponseData(_, chunk) {
      observer.received(chunk.length);
      body?.push(chunk);
    },
    onResponseEnd() {
      forget();
      observer.over();
      body?.end();
    },
    onResponseError(_, error) {
      forget();
      observer.over();
      if (body === undefined) reject(translate(error));
      else body.fail(error);
    },
  });
  return promise;
}
