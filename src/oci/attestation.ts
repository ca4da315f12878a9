// BuildKit's attestations: manifests beside an image's own in the same index, told apart by annotations.
import type { Descriptor } from './descriptor.ts';

/**
 * The digest of the image manifest that a manifest in the same index attests; undefined where it attests none.
 * @see https://github.com/moby/buildkit/blob/v0.23.0/docs/attestations/attestation-storage.md
 */
export function attestedDigest({ annotations }: Descriptor): string | undefined {
  if (annotations?.['vnd.docker.reference.type'] !== 'attestation-manifest') return undefined;
  return annotations['vnd.docker.reference.digest'];
}
