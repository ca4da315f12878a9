// A range far ahead of a fill, read straight from the upstream and not kept: lazily pulled images skip through layers.
import type { BlobFile } from '../serialize/store.ts';
import type { BlobStream } from '../upstream/registry-reads.ts';

/** Reads a stream in order, as a file whose first byte is the stream's; `size` is the whole blob's. */
export function directRange(stream: BlobStream, size: number): BlobFile {
  let rest: Buffer = Buffer.alloc(0);
  let at = stream.start;
  return {
    size,
    async read(target, length, position) {
      if (position !== at) throw new Error(`a stream at ${at} cannot be read at ${position}`);
      if (rest.length === 0) {
        const next = await stream.body.next();
        if (next === undefined) return 0;
        rest = next;
      }
      const count = Math.min(length, rest.length);
      rest.copy(target, 0, 0, count);
      rest = rest.subarray(count);
      at += count;
      return count;
    },
    close() {
      stream.body.cancel();
      return Promise.resolve();
    },
  };
}
