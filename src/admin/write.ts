// Writes to an outgoing message at the client's pace.
import type { ServerResponse } from 'node:http';

/** Resolves when there is room for more; rejects when the client has gone, for then nobody would call back. */
export async function write(outgoing: ServerResponse, chunk: Uint8Array | string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const gone = (): void => reject(new Error('the client has gone'));
  if (outgoing.destroyed) throw new Error('the client has gone');
  outgoing.once('close', gone);
  outgoing.write(chunk, (error) => (error ? reject(error) : resolve()));
  await promise.finally(() => outgoing.off('close', gone));
}
