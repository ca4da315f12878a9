// Referrers: which manifests of a repository have a digest for their subject.
import type { Descriptor } from '../src/oci/descriptor.ts';
import { parseManifest } from '../src/oci/manifest.ts';
import type { StoredManifest } from './store.ts';

/**
 * The descriptors of a subject's referrers, in the order of their digests.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export function referrersOf(
  manifests: readonly StoredManifest[],
  subject: string,
  artifactType?: string,
): readonly Descriptor[] {
  return manifests
    .flatMap((manifest) => refersTo(manifest, subject))
    .filter((descriptor) => artifactType === undefined || descriptor.artifactType === artifactType)
    .sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

/** The tag that stands in for the API: `sha256-<hex>`, its parts cut to 32 and 64 characters. */
export function fallbackTag(subject: string): string {
  const [algorithm = '', hex = ''] = subject.split(':');
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}

function refersTo({ digest, bytes, mediaType }: StoredManifest, subject: string): readonly Descriptor[] {
  const manifest = parsed(bytes, mediaType);
  if (manifest?.subject?.digest !== subject) return [];
  // "If the artifactType is empty or missing in the image manifest, the value of artifactType MUST be set to the
  // config descriptor mediaType value."
  const artifactType = manifest.artifactType ?? manifest.configMediaType;
  return [
    {
      mediaType: manifest.mediaType,
      digest,
      size: bytes.length,
      ...(artifactType !== undefined && { artifactType }),
      ...(manifest.annotations !== undefined && { annotations: manifest.annotations }),
    },
  ];
}

/** A hostile manifest refers to nothing. */
function parsed(bytes: Uint8Array, mediaType: string) {
  try {
    return parseManifest(bytes, mediaType);
  } catch {
    return undefined;
  }
}
