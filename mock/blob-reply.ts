// A blob, or one range of it, as an answer.
import type { Answer } from '../api/contract.ts';
import { OciError } from '../src/oci/errors.ts';
import { contentRange, parseRange } from '../src/oci/range.ts';
import type { Content } from './content.ts';
import type { MockBody } from './reply.ts';
import { wholeBody } from './reply.ts';

/**
 * Answers one range with 206; several are answered with everything, which RFC 9110 allows.
 * @throws {OciError} RANGE_INVALID
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 */
export function blobAnswer(
  content: Content,
  range: string | undefined,
  headers: Readonly<Record<string, string>>,
): Answer<MockBody, 200 | 206> {
  const common = { 'Content-Type': 'application/octet-stream', 'Accept-Ranges': 'bytes', ...headers };
  const ranges = parseRange(range, content.size);
  if (ranges === 'unsatisfiable') {
    throw new OciError('RANGE_INVALID', `${String(range)} has no byte of ${content.size}`, {
      headers: { 'Content-Range': `bytes */${content.size}` },
    });
  }
  const [only, ...more] = ranges === 'none' ? [] : ranges;
  if (only === undefined || more.length > 0)
    return { status: 200, headers: common, body: wholeBody(content) };
  return {
    status: 206,
    headers: { ...common, 'Content-Range': contentRange(only, content.size) },
    body: { content, start: only.start, end: only.end + 1 },
  };
}
