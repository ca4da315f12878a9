// Work that writes, as chunks that somebody draws at his own pace.
import type { Write } from '../registry/shelf.ts';

/**
 * What some work writes, which begins when the first chunk is asked for; each is good until the next one is.
 * @throws what the work throws, after its chunks
 */
export async function* drawn(work: (write: Write) => Promise<void>): AsyncGenerator<Uint8Array> {
  interface Offer {
    readonly chunk?: Uint8Array;
    readonly taken?: PromiseWithResolvers<void>;
    readonly error?: unknown;
  }
  let offered = Promise.withResolvers<Offer>();
  let last: Offer = {};
  const write = (chunk: Uint8Array): Promise<void> => {
    const taken = Promise.withResolvers<void>();
    offered.resolve({ chunk, taken });
    return taken.promise;
  };
  const ended = work(write).then(
    () => offered.resolve({}),
    (error: unknown) => offered.resolve({ error }),
  );
  try {
    for (;;) {
      last = await offered.promise;
      if ('error' in last) throw last.error;
      if (last.chunk === undefined) return;
      offered = Promise.withResolvers<Offer>();
      yield last.chunk;
      last.taken?.resolve();
    }
  } finally {
    last.taken?.reject(new Error('nobody draws any more'));
    await ended;
  }
}
