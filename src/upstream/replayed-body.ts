// A reply's body that was already read, for those who read it again.
import type { Dispatcher } from 'undici';
import { ReplyBody } from './reply-body.ts';

/** There is no connection behind it any more, so there is nothing to pause or to abort. */
const detached: Dispatcher.DispatchController = {
  aborted: false,
  paused: false,
  reason: null,
  rawHeaders: null,
  rawTrailers: null,
  pause: () => undefined,
  resume: () => undefined,
  abort: () => undefined,
};

export function replayedBody(bytes: Buffer): ReplyBody {
  const body = new ReplyBody({
    controller: detached,
    translate: (error) => error as Error,
    release: () => undefined,
  });
  if (bytes.length > 0) body.push(bytes);
  body.end();
  return body;
}
