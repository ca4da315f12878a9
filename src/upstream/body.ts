// Reading an upstream's body into memory, never more of it than was allowed.
import { UpstreamError } from './errors.ts';
import type { Exchange, Reply } from './transport.ts';

/** @throws {UpstreamError} when the body is longer than `limit` bytes, or breaks off */
export async function readBounded(
  reply: Reply,
  limit: number,
  exchange: Exchange,
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for (let chunk = await reply.body.next(); chunk !== undefined; chunk = await reply.body.next()) {
    length += chunk.length;
    if (length > limit) {
      reply.body.cancel();
      throw new UpstreamError('invalid', `the answer is longer than ${limit} bytes`, exchange);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** A header that must not repeat; the first counts where it does. */
export function header(reply: Pick<Reply, 'headers'>, name: string): string | undefined {
  const value = reply.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
