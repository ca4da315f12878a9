// The tags by which cosign ties signatures, attestations and SBOMs to an image, in registries that know no referrers.
import type { Digest } from './digest.ts';
import type { Tag } from './reference.ts';
import { referrersTag } from './referrers-tag.ts';

/** @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
export function cosignTags(subject: Digest): readonly Tag[] {
  return ['sig', 'att', 'sbom'].map((ending) => `${referrersTag(subject)}.${ending}` as Tag);
}
