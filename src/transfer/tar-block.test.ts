import { extract } from 'tar-stream';
import type { Header } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { TAR_HEADER_BYTES, tarEnd, tarHeader, tarPadding, tarSize } from './tar-block.ts';

const sha512 = `blobs/sha512/${'ab'.repeat(64)}`;

/** What another reader makes of it. */
async function headers(bytes: Buffer): Promise<Header> {
  const reader = extract();
  const { promise, resolve } = Promise.withResolvers<Header>();
  reader.once('entry', resolve);
  reader.write(bytes);
  const header = await promise;
  reader.destroy();
  return header;
}

describe('a header', () => {
  test.each([
    ['of nothing', { name: 'oci-layout', size: 0 }, 1],
    ['of a blob', { name: `blobs/sha256/${'ab'.repeat(32)}`, size: 1_234_567 }, 1],
    ['of a name of 100 bytes', { name: 'x'.repeat(100), size: 1 }, 1],
    ['of a name of 101 bytes', { name: 'x'.repeat(101), size: 1 }, 3],
    ['of a long name', { name: sha512, size: 42 }, 3],
    ['of the most that octal digits hold', { name: 'x', size: 8 ** 11 - 1 }, 1],
    ['of more', { name: 'x', size: 8 ** 11 }, 3],
    ['of both', { name: sha512, size: 2 ** 50 }, 3],
  ])('%s', async (_, file, blocks) => {
    const bytes = tarHeader(file);
    expect(bytes.length).toBe(blocks * TAR_HEADER_BYTES);
    const { name, size, mode, uid, gid, type, uname, gname, mtime } = await headers(bytes);
    expect({ name, size }).toEqual(file);
    expect({ mode, uid, gid, type, uname, gname }).toEqual({
      ...{ mode: 0o644, uid: 0, gid: 0, type: 'file', uname: '', gname: '' },
    });
    expect(mtime.getTime()).toBe(0);
    expect(tarHeader(file).equals(bytes)).toBe(true);
    if (blocks === 1) expect(tarSize(bytes)).toBe(file.size);
  });
});

test.each([
  [0, 0],
  [1, 511],
  [512, 0],
  [513, 511],
])('%i bytes are followed by %i', (size, padding) => {
  expect(tarPadding(size)).toEqual(Buffer.alloc(padding));
});

test('what is no header of ours has no size', () => {
  expect(tarSize(Buffer.alloc(TAR_HEADER_BYTES, 'x'))).toBeUndefined();
  expect(tarSize(tarEnd)).toBeUndefined();
});
