// Reading an upstream's body into memory, never more of it than was allowed.
import { UpstreamError } from './errors.ts';
import type { Exchange, Reply } from './transport.ts';

/** What trickles in for longer than this has to come at this rate: it holds memory and a connection meanwhile. */
const TRICKLE_MS = 60_000;
const BYTES_PER_MS = 1;

/**
 * @param now milliseconds, monotonic
 * @throws {UpstreamError} when the body is longer than `limit` bytes, comes drop by drop, or breaks off
 */
export async function readBounded(
  reply: Reply,
  limit: number,
  exchange: Exchange,
  now = () => performance.now(),
): Promise<Buffer<ArrayBuffer>> {
  const begun = now();
  const chunks: Buffer[] = [];
  let length = 0;
  for (let chunk = await reply.body.next(); chunk !== undefined; chunk = await reply.body.next()) {
    length += chunk.length;
    if (length > limit) {
      reply.body.cancel();
      throw new UpstreamError('invalid', `the answer is longer than ${limit} bytes`, exchange);
    }
    // Between two pieces the connection itself does not wait for long.
    if (now() - begun > TRICKLE_MS + length / BYTES_PER_MS) {
      reply.body.cancel();
      throw new UpstreamError('timeout', `the answer comes at less than ${BYTES_PER_MS} kB/s`, exchange);
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
