// A layer that container runtimes can unpack: a gzipped tar archive of a few files.
import { gzipSync } from 'node:zlib';
import type { Digest } from '../src/oci/digest.ts';
import { digestOf } from '../src/oci/digest.ts';

export type LayerFiles = Readonly<Record<string, string | Uint8Array>>;

export interface LayerArchive {
  readonly bytes: Buffer;
  /** the digest of the tar archive before it was compressed, as it stands in the config */
  readonly diffId: Digest;
}

const BLOCK = 512;

/** @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
export function layerArchive(files: LayerFiles): LayerArchive {
  const entries = Object.entries(files).flatMap(([name, text]) => {
    const bytes = Buffer.from(text);
    return [header(name, bytes.length), bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
  });
  const tar = Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)]);
  return { bytes: gzipSync(tar), diffId: digestOf(tar) };
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  block.write(name, 0, 100);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
