// A reference: what a manifest is asked for by, a tag or a digest.
import type { Brand } from './brand.ts';
import { parseDigest, type Digest } from './digest.ts';
import { OciError } from './errors.ts';
import { quoted } from './quotation.ts';

/** Case-sensitive; never change its case. */
export type Tag = string & Brand<'Tag'>;
export type Reference = Tag | Digest;

const grammar = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

export function isTag(text: string): text is Tag {
  return grammar.test(text);
}

/**
 * @throws {OciError} MANIFEST_UNKNOWN, since no manifest can have such a tag; the conformance suite asks for
 * the tag `.INVALID_MANIFEST_NAME` and wants a 404.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
 */
export function parseTag(text: string): Tag {
  if (isTag(text)) return text;
  throw new OciError(
    'MANIFEST_UNKNOWN',
    `no manifest can have the tag ${quoted(text)}: a tag is at most 128 letters, digits, "_", "." and "-", ` +
      'and the first is neither "." nor "-"',
  );
}

/**
 * A colon tells a digest from a tag, because no tag may hold one.
 * @throws {OciError} DIGEST_INVALID, MANIFEST_UNKNOWN
 */
export function parseReference(text: string): Reference {
  return text.includes(':') ? parseDigest(text) : parseTag(text);
}
