// The compression of an archive, told by its first bytes and undone as it is read.
import { PassThrough } from 'node:stream';
import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

export type Compression = 'none' | 'gzip' | 'zstd';

/** Fewer and larger writes than by default. */
const CHUNK = 256 * 1024;

/** Enough of an archive's beginning to tell what it is. */
export const MAGIC_BYTES = 4;

/** zstd may begin with a frame to be skipped, 0x184D2A50 to 0x184D2A5F. */
export function compressionOf(beginning: Uint8Array): Compression {
  const [a, b, c, d] = beginning;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if (a !== undefined && a >> 4 === 5 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  return 'none';
}

/** Node's own count of the bytes that were of use is there where they were compressed. */
type Decompressor = Transform & { readonly bytesWritten?: number };

/** A stream that takes what is compressed and gives what it was, in constant memory. */
export function decompressor(compression: Compression): Decompressor {
  switch (compression) {
    case 'gzip':
      return createGunzip({ chunkSize: CHUNK });
    case 'zstd':
      return createZstdDecompress({ chunkSize: CHUNK });
    case 'none':
      return new PassThrough();
  }
}
