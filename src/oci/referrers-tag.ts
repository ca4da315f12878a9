// The referrers tag: where the referrers of a manifest are listed by registries that have no API for it.
import { digestAlgorithm, digestFromHex, digestHex } from './digest.ts';
import type { Digest } from './digest.ts';
import { parseTag } from './reference.ts';
import type { Tag } from './reference.ts';

/**
 * The tag of the index that lists a manifest's referrers: `sha256-<hex>`.
 * "The <alg> part is truncated to 32 characters, the <ref> part to 64."
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 */
export function referrersTag(subject: Digest): Tag {
  return `${digestAlgorithm(subject).slice(0, 32)}-${digestHex(subject).slice(0, 64)}` as Tag;
}

/**
 * The tags by which cosign ties signatures, attestations and SBOMs to a manifest where they name no subject.
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 */
export function cosignTags(subject: Digest): readonly Tag[] {
  return ['sig', 'att', 'sbom'].map((suffix) => parseTag(`${referrersTag(subject)}.${suffix}`));
}

/** What a tag of cosign's, or a referrers tag, is about; undefined when it is none or its digest is cut short. */
export function taggedSubject(tag: Tag): Digest | undefined {
  const [, hex] = /^sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/.exec(tag) ?? [];
  return hex === undefined ? undefined : digestFromHex(hex);
}

/** Whether it has the form of one; a signature's `sha256-<hex>.sig` has not. */
export function isReferrersTag(tag: Tag): boolean {
  return /^sha(?:256|512)-[0-9a-f]{64}$/.test(tag);
}
