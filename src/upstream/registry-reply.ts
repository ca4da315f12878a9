// What a registry's reply says, read with care: nothing in it is believed because it came with a 200.
import { UpstreamError } from './errors.ts';
import { header } from './body.ts';
import type { Exchange, Reply } from './transport.ts';

/**
 * Which part of the blob a reply carries, and how long the blob is.
 * @throws {UpstreamError} when it is another part than was asked for
 */
export function extent(
  reply: Reply,
  wanted: number,
  exchange: Exchange,
): { size: number | undefined; start: number } {
  if (reply.status !== 206) return { size: wholeNumber(header(reply, 'content-length')), start: 0 };
  const range = /^bytes (\d{1,15})-\d{1,15}\/(?:(\d{1,15})|\*)$/.exec(header(reply, 'content-range') ?? '');
  if (range === null || Number(range[1]) !== wanted) {
    throw new UpstreamError('invalid', 'answered another range than was asked for', exchange);
  }
  return { size: range[2] === undefined ? undefined : Number(range[2]), start: wanted };
}

/**
 * We ask for `identity`; what is encoded all the same is not the content that the digest names.
 * @throws {UpstreamError}
 */
export function refuseEncoded(reply: Reply, exchange: Exchange): void {
  const encoding = header(reply, 'content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new UpstreamError('invalid', `answered with Content-Encoding ${encoding.slice(0, 20)}`, exchange);
  }
}

export function wholeNumber(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

export function singleHeaders(reply: Reply): [string, string][] {
  return Object.entries(reply.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
  );
}

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings */
export function warningsOf(reply: Reply): readonly string[] {
  const value = reply.headers['warning'] ?? [];
  return (Array.isArray(value) ? value : [value])
    .filter((text) => /^299 - "[\t\x20-\x7e]{0,4080}"$/.test(text))
    .slice(0, 4);
}

/** What a registry says of its refusal, for the person who reads ours. */
export function firstMessage(body: Buffer): string {
  try {
    const { errors } = JSON.parse(body.toString()) as {
      errors?: readonly { code?: unknown; message?: unknown }[];
    };
    const [first] = errors ?? [];
    const words = [first?.code, first?.message].filter((word) => typeof word === 'string' && word !== '');
    return words.length === 0
      ? ''
      : ` (${words
          .join(': ')
          .replace(/[^\x20-\x7e]/g, ' ')
          .slice(0, 400)})`;
  } catch {
    return '';
  }
}
