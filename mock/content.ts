// Content that a mock serves: bytes in memory, or bytes that are made again from a seed whenever they are read.
import { createHash } from 'node:crypto';
import type { DigestAlgorithm, Digest } from '../src/oci/digest.ts';
import { parseDigest } from '../src/oci/digest.ts';
import { Random } from './random.ts';

export interface Content {
  /** bytes */
  readonly size: number;
  /** The bytes from `start` up to, not including, `end`. */
  slice(start: number, end: number): Uint8Array;
}

const BLOCK = 64 * 1024;
const PAGE = 4 * 1024;

export function bytesContent(bytes: Uint8Array): Content {
  return { size: bytes.length, slice: (start, end) => bytes.subarray(start, end) };
}

/**
 * Content of any size that costs 64 KiB: one random block, repeated, with the number of each 4 KiB page
 * folded into it, so that no two pages are equal and a piece in the wrong place changes the digest.
 */
export function generatedContent(seed: number, size: number): Content {
  const block = new Random(seed).bytes(Math.min(size, BLOCK));
  return {
    size,
    slice: (start, end) => {
      const bytes = Buffer.allocUnsafe(Math.max(Math.min(end, size) - start, 0));
      for (let at = 0; at < bytes.length;) {
        at += block.copy(bytes, at, (start + at) % BLOCK);
      }
      for (let page = Math.floor(start / PAGE); page * PAGE < start + bytes.length; page++) {
        stamp(bytes, page * PAGE - start, page);
      }
      return bytes;
    },
  };
}

/** All of it in one Buffer, for a test to compare with. */
export function readAll(content: Content): Buffer {
  return Buffer.from(content.slice(0, content.size));
}

/** Hashes content piece by piece. */
export function digestOfContent(content: Content, algorithm: DigestAlgorithm = 'sha256'): Digest {
  const hash = createHash(algorithm);
  for (let at = 0; at < content.size; at += 16 * BLOCK) {
    hash.update(content.slice(at, Math.min(at + 16 * BLOCK, content.size)));
  }
  return parseDigest(`${algorithm}:${hash.digest('hex')}`);
}

/** A slice may begin or end in the middle of a stamp. */
function stamp(bytes: Buffer, at: number, page: number): void {
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + i];
    if (byte !== undefined) bytes[at + i] = byte ^ ((page >>> (8 * i)) & 0xff);
  }
}
