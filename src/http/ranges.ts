// Blob bodies: the whole, one range, or several as multipart/byteranges.
import { randomBytes } from 'node:crypto';
import type { Answer } from '../../api/contract.ts';
import { OciError } from '../oci/errors.ts';
import { contentRange, parseRange } from '../oci/range.ts';
import type { ByteRange } from '../oci/range.ts';
import type { BlobAnswer } from '../registry/answers.ts';
import type { BlobFile } from '../serialize/store.ts';
import type { Body, Slice } from './body.ts';

const contentType = 'application/octet-stream';

/**
 * Answers a blob with the ranges that were asked for; closes it in every case, now or when it is sent.
 * @throws {OciError} 416 when no byte of the ranges exists
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14
 */
export async function rangedAnswer(
  blob: BlobAnswer,
  range: string | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<Answer<Body, 200 | 206>> {
  try {
    const ranges = parseRange(range, blob.size);
    if (ranges === 'unsatisfiable') {
      throw new OciError('RANGE_INVALID', `the blob has ${blob.size} bytes, none of them in ${range ?? ''}`, {
        headers: { 'Content-Range': `bytes */${blob.size}` },
      });
    }
    if (ranges === 'none') return whole(blob, headers);
    const [only, second] = ranges;
    if (only !== undefined && second === undefined) return await single(blob, only, headers);
    return multiple(blob, ranges, headers);
  } catch (error) {
    await blob.file.close();
    throw error;
  }
}

function whole({ file, size }: BlobAnswer, headers: Readonly<Record<string, string>>): Answer<Body, 200> {
  const body = { length: size, parts: [{ file, start: 0, length: size }], close: () => file.close() };
  return { status: 200, headers: { 'Content-Type': contentType, ...headers }, body };
}

async function single(
  blob: BlobAnswer,
  range: ByteRange,
  headers: Readonly<Record<string, string>>,
): Promise<Answer<Body, 206>> {
  const far = await blob.far(range);
  const part = slice(far ?? blob.file, range);
  const close = async (): Promise<void> => {
    await Promise.all([far?.close(), blob.file.close()]);
  };
  return {
    status: 206,
    headers: { 'Content-Type': contentType, 'Content-Range': contentRange(range, blob.size), ...headers },
    body: { length: part.length, parts: [part], close },
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-14.6 */
function multiple(
  { file, size }: BlobAnswer,
  ranges: readonly ByteRange[],
  headers: Readonly<Record<string, string>>,
): Answer<Body, 206> {
  const boundary = randomBytes(15).toString('hex');
  const parts = ranges.flatMap((range, index) => [
    Buffer.from(
      `${index === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${contentType}\r\nContent-Range: ${contentRange(range, size)}\r\n\r\n`,
    ),
    slice(file, range),
  ]);
  parts.push(Buffer.from(`\r\n--${boundary}--\r\n`));
  return {
    status: 206,
    headers: { 'Content-Type': `multipart/byteranges; boundary=${boundary}`, ...headers },
    body: {
      length: parts.reduce((sum, part) => sum + part.length, 0),
      parts,
      close: () => file.close(),
    },
  };
}

function slice(file: BlobFile, { start, end }: ByteRange): Slice {
  return { file, start, length: end - start + 1 };
}
