// A digest: the name that content has by itself, `sha256:<hex>` or `sha512:<hex>`.
import { hash } from 'node:crypto';
import type { Brand } from './brand.ts';
import { OciError } from './errors.ts';
import { quoted } from './quotation.ts';

/** Lower case, of an algorithm we can verify. */
export type Digest = string & Brand<'Digest'>;
export type DigestAlgorithm = 'sha256' | 'sha512';

const grammar = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const hexGrammar = /^(?:[0-9a-f]{64}|[0-9a-f]{128})$/;

/**
 * @throws {OciError} DIGEST_INVALID
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new OciError(
    'DIGEST_INVALID',
    `${quoted(text)} is no digest: write sha256: and 64, or sha512: and 128 lower-case hexadecimal digits`,
  );
}

export function isDigest(text: string): text is Digest {
  return grammar.test(text);
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** What follows the colon; the content's file name on disk. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** The digest of these bytes (of a string: of its UTF-8). */
export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${hash(algorithm, bytes, 'hex')}` as Digest;
}

/** The way back from a file name: the number of digits tells the algorithm. */
export function digestFromHex(hex: string): Digest | undefined {
  if (!hexGrammar.test(hex)) return undefined;
  return `${hex.length === 64 ? 'sha256' : 'sha512'}:${hex}` as Digest;
}

/** Of the names that are a digest's; each is looked at when it is its turn. */
export function* digestsFromHex(names: Iterable<string>): Generator<Digest> {
  for (const name of names) {
    const digest = digestFromHex(name);
    if (digest !== undefined) yield digest;
  }
}
